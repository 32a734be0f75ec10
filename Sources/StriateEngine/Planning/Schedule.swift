/// The order of the work: stages that wait for one another.
struct Schedule {
    enum Stage {
        /// Batch drafts that need be repeated only once variables have changed.
        case preparation([Int])
        /// Drafts for one group after another, each group through all of them before the next.
        case groups([Int])
        /// Drafts that need all groups and do not need one another.
        case batch([Int])

        var drafts: [Int] {
            switch self {
            case .preparation(let drafts), .groups(let drafts), .batch(let drafts): drafts
            }
        }
    }

    var stages: [Stage] = []

    /// As few stages as dependencies allow: what waits for all groups (weight gradients, updates) comes when nothing else can go on.
    init(_ drafts: [Draft], bufferCount: Int) throws(EngineError) {
        let predecessors = Schedule.predecessors(drafts, bufferCount: bufferCount)
        var isDone = Array(repeating: false, count: drafts.count)
        let preparations = drafts.indices.filter { drafts[$0].isPreparation }
        if !preparations.isEmpty { stages.append(.preparation(preparations)) }
        for draft in preparations { isDone[draft] = true }
        var left = drafts.count - preparations.count
        while left > 0 {
            let before = left
            let batch = drafts.indices.filter { i in !isDone[i] && !drafts[i].isGroup && predecessors[i].allSatisfy { isDone[$0] } }
            if !batch.isEmpty {
                stages.append(.batch(batch))
                for draft in batch { isDone[draft] = true }
                left -= batch.count
                continue
            }
            var group = [Int]()
            for i in drafts.indices where !isDone[i] && drafts[i].isGroup && predecessors[i].allSatisfy({ isDone[$0] }) {
                group.append(i)
                isDone[i] = true
            }
            if !group.isEmpty { stages.append(.groups(group)) }
            left -= group.count
            guard left < before else { throw EngineError("the graph updates a variable that something still needs: it has no order") }
        }
    }

    private static func predecessors(_ drafts: [Draft], bufferCount: Int) -> [[Int]] {
        var writers = Array(repeating: [Int](), count: bufferCount), readers = writers
        for (index, draft) in drafts.enumerated() {
            for buffer in draft.writes { writers[buffer.index].append(index) }
            for buffer in draft.reads { readers[buffer.index].append(index) }
        }
        return drafts.enumerated().map { index, draft in
            let sources = draft.reads.flatMap { writers[$0.index] }
            let others = draft.overwrites.flatMap { readers[$0.index] }
            return (sources + others).filter { $0 != index }
        }
    }
}
