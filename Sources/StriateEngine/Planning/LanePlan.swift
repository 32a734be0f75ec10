import StriateGraph
import StriateLanes

/// A graph planned for lanes: its steps, and where in memory they find what they work on. Takes no memory itself.
struct LanePlan {
    let graph: Graph
    let batch: Int
    /// A group of images fills lanes, or is one image whose channels do.
    let imagesInGroup: Int
    let stages: [Stage]
    /// What is known of the stages' steps.
    let costs: [[StepCost]]
    let layout: Layout
    let memory: ProgramMemory
    let sources: [(name: String, count: Int)]
    let scalars: [(name: String, slot: Slot)]
    let variables: [(variable: Variable, slot: Slot)]
    let constants: [(tensor: Tensor, slot: Slot)]
    let outputs: [(name: String, type: ValueType, slot: Slot)]

    enum Stage {
        case preparation([any BatchStep])
        case groups([any GroupStep])
        case batch([any BatchStep])
    }

    /// Where the parts of the arena begin, in bytes.
    struct Layout {
        var groups: Int
        var groupStep: Int
        var workers: Int
        var workerStep: Int
        var scratch: Int
        var scratchStep: Int
        var total: Int
    }

    /// - Parameters:
    ///   - workers: The threads that shall run it.
    ///   - contents: What lanes hold; nil for what is expected to be faster.
    init(_ graph: Graph, batch: Int, workers: Int, lanesHold contents: LaneContents? = nil) throws(EngineError) {
        guard batch > 0 else { throw EngineError("a batch has at least one image, not \(batch)") }
        guard batch <= 1 << 40 else { throw EngineError("a batch of \(batch) images does not fit into memory") }
        let lowering = if let contents { try Lowering(graph, lanesHold: contents) } else { try Lowering(graph, batch: batch) }
        let schedule = try Schedule(lowering.drafts, lowering.records)
        let places = Places(lowering.drafts, schedule, lowering.records)
        let placement = places.placement

        var stages = [Stage](), scratchLanes = 0
        for stage in schedule.stages {
            switch stage {
            case .groups(let drafts):
                let steps = drafts.compactMap { if case .group(let make) = lowering.drafts[$0].kind { make(placement) } else { nil } }
                scratchLanes = max(scratchLanes, steps.map(\.scratchLanes).max() ?? 0)
                stages.append(.groups(steps))
            case .batch(let drafts), .preparation(let drafts):
                let steps = drafts.compactMap { if case .batch(let make) = lowering.drafts[$0].kind { make(placement) } else { nil } }
                scratchLanes = max(scratchLanes, steps.map(\.scratchLanes).max() ?? 0)
                if case .batch = stage { stages.append(.batch(steps)) } else { stages.append(.preparation(steps)) }
            }
        }

        let imagesInGroup = lowering.single == nil ? Lane.width : 1
        let groups = (batch + imagesInGroup - 1) / imagesInGroup, costs = lowering.costs
        let layout = try Layout(places, groups: groups, workers: workers, scratchLanes: scratchLanes)
        let variableBytes = lowering.variables.reduce(0) { $0 + $1.variable.shape.count * MemoryLayout<Float>.stride }
        self.graph = graph
        self.batch = batch
        self.imagesInGroup = imagesInGroup
        self.stages = stages
        self.costs = schedule.stages.map { stage in stage.drafts.map { costs[$0] } }
        self.layout = layout
        memory = ProgramMemory(
            arena: layout.total - variableBytes,
            arenaWithoutReuse: places.sharedBytesWithoutReuse + groups * places.groupBytesWithoutReuse
                + min(workers, groups) * places.workerBytesWithoutReuse + (layout.total - layout.scratch) - variableBytes,
            variables: variableBytes)
        sources = lowering.sources
        scalars = lowering.scalars.map { ($0.name, placement[$0.buffer]) }
        variables = lowering.variables.map { ($0.variable, placement[$0.buffer]) }
        constants = lowering.constants.map { ($0.tensor, placement[$0.buffer]) }
        outputs = lowering.outputs.map { ($0.name, $0.type, placement[$0.buffer]) }
    }
}

extension LanePlan.Layout {
    init(_ places: Places, groups: Int, workers: Int, scratchLanes: Int) throws(EngineError) {
        func aligned(_ bytes: Int) -> Int { (bytes + 4095) / 4096 * 4096 }
        // Steps that differ from a power of two keep the groups out of one another's cache sets.
        groupStep = aligned(places.groupBytes) + (places.groupBytes == 0 ? 0 : 320)
        workerStep = aligned(places.workerBytes) + 4096
        scratchStep = aligned(scratchLanes * MemoryLayout<Lane>.stride) + 4096
        self.groups = aligned(places.sharedBytes)
        let (groupBytes, overflow) = groupStep.multipliedReportingOverflow(by: groups)
        guard !overflow, groupBytes < 1 << 46 else { throw EngineError("a batch of \(groups * Lane.width) images does not fit into memory") }
        self.workers = aligned(self.groups + groupBytes)
        // Fewer groups than workers need no more places than there are groups.
        scratch = self.workers + min(workers, groups) * workerStep
        total = scratch + workers * scratchStep
    }
}
