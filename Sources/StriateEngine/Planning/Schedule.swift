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
    init(_ drafts: [Draft], _ records: [BufferRecord]) throws(EngineError) {
        let predecessors = Schedule.predecessors(drafts, records)
        var isDone = Array(repeating: false, count: drafts.count)
        var left = drafts.count
        while left > 0 {
            let before = left
            let batch = drafts.indices.filter { i in !isDone[i] && !drafts[i].isGroup && predecessors[i].allSatisfy { isDone[$0] } }
            let preparations = batch.filter { drafts[$0].isPreparation }
            if !preparations.isEmpty {
                stages.append(.preparation(preparations))
                for draft in preparations { isDone[draft] = true }
                left -= preparations.count
                continue
            }
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

    /// What reads a part of a buffer waits for those who write into that part, not for those who write beside it.
    private static func predecessors(_ drafts: [Draft], _ records: [BufferRecord]) -> [[Int]] {
        typealias Access = (draft: Int, region: Region)
        var writers = Array(repeating: [Access](), count: records.count), readers = writers
        for (index, draft) in drafts.enumerated() {
            for region in draft.writes.map(records.region) { writers[region.root.index].append((index, region)) }
            for region in draft.reads.map(records.region) { readers[region.root.index].append((index, region)) }
        }
        func accessing(_ buffer: Buffer, _ accesses: [[Access]]) -> [Int] {
            let region = records.region(of: buffer)
            return accesses[region.root.index].filter { $0.region.overlaps(region) }.map(\.draft)
        }
        return drafts.enumerated().map { index, draft in
            let sources = draft.reads.flatMap { accessing($0, writers) }
            let others = draft.overwrites.flatMap { accessing($0, readers) }
            return (sources + others).filter { $0 != index }
        }
    }
}
