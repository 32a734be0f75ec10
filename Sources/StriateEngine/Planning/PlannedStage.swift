package import StriateGraph

/// A stage of a plan, for tests and for people: what runs, by the operations' names.
package struct PlannedStage: Sendable {
    package enum Kind: Sendable { case preparation, groups, batch }

    package let kind: Kind
    package let steps: [String]
}

extension LaneEngine {
    /// What ``compile(_:batch:)`` would run, stage by stage, where lanes hold `contents`.
    package static func plan(_ graph: Graph, lanesHold contents: LaneContents = .images) throws(EngineError) -> [PlannedStage] {
        let lowering = try Lowering(graph, lanesHold: contents)
        return try Schedule(lowering.drafts, lowering.records).stages.map { stage in
            let kind: PlannedStage.Kind = switch stage {
            case .preparation: .preparation
            case .groups: .groups
            case .batch: .batch
            }
            return PlannedStage(kind: kind, steps: stage.drafts.map { lowering.drafts[$0].name })
        }
    }

    /// What lanes of ``compile(_:batch:)`` hold.
    package static func lanesHold(_ graph: Graph, batch: Int) throws(EngineError) -> LaneContents {
        try Lowering(graph, batch: batch).single == nil ? .images : .channels
    }
}
