/// Gives every buffer a place: buffers whose lives do not overlap share one.
struct Places {
    var placement: Placement
    /// Bytes of one worker's, of one group's and of the shared part.
    var workerBytes = 0
    var groupBytes = 0
    var sharedBytes = 0
    /// The same if no two buffers shared a place.
    var workerBytesWithoutReuse = 0
    var groupBytesWithoutReuse = 0
    var sharedBytesWithoutReuse = 0

    private struct Life {
        var first = Int.max
        var last = Int.min
        var stages = Set<Int>()
        var bytes = 0
        var isKept = false
        var isShared = false
        /// Batch steps read it: each group's must stay until all groups are done.
        var isReadByBatch = false
    }

    init(_ drafts: [Draft], _ schedule: Schedule, _ records: [BufferRecord]) {
        var owner = Array(records.indices)
        func find(_ buffer: Int) -> Int {
            var buffer = buffer
            while owner[buffer] != buffer { buffer = owner[buffer] }
            return buffer
        }

        // A view lives in its buffer's memory, which lives as long as any of its views.
        var lives = records.map { record in
            Life(bytes: record.byteCount, isKept: record.isKept, isShared: record.isShared)
        }
        for record in records { if let view = record.view, record.isKept { lives[view.of.index].isKept = true } }
        // Steps of a batch stage run at the same time, those of a group stage one after another.
        var times = [(draft: Int, time: Int, stage: Int)](), time = 0
        for (stage, work) in schedule.stages.enumerated() {
            if case .groups = work {} else { time += 1 }
            for index in work.drafts {
                let draft = drafts[index]
                if draft.isGroup { time += 1 }
                times.append((index, time, stage))
                for buffer in (draft.reads + draft.writes).map(records.root) {
                    lives[buffer.index].first = min(lives[buffer.index].first, time)
                    lives[buffer.index].last = max(lives[buffer.index].last, time)
                    lives[buffer.index].stages.insert(stage)
                    if !draft.isGroup { lives[buffer.index].isReadByBatch = true }
                }
            }
        }

        // Element-wise steps write over an input that nobody needs any more.
        for (index, time, stage) in times {
            let draft = drafts[index]
            var taken = Set<Int>()
            for (write, inputs) in draft.takeovers where records[write.index].view == nil {
                let result = find(write.index)
                for input in inputs where records[input.index].view == nil {
                    let candidate = find(input.index)
                    func isRead(_ buffer: Buffer) -> Bool { find(records.root(of: buffer).index) == candidate }
                    // Through a view the step may read an element after it was written over.
                    let isReadThroughView = draft.reads.contains { $0 != input && isRead($0) }
                    // Steps of a batch stage run at the same time.
                    let isReadBeside = !draft.isGroup && schedule.stages[stage].drafts.contains { $0 != index && drafts[$0].reads.contains(where: isRead) }
                    let (old, new) = (lives[candidate], lives[result])
                    guard candidate != result, !taken.contains(candidate), !isReadThroughView, !isReadBeside, old.last == time,
                        new.first == time, !old.isKept, !new.isKept, old.bytes == new.bytes, old.isShared == new.isShared
                    else { continue }
                    owner[result] = candidate
                    lives[candidate].last = max(old.last, new.last)
                    lives[candidate].stages.formUnion(new.stages)
                    lives[candidate].isReadByBatch = old.isReadByBatch || new.isReadByBatch
                    taken.insert(candidate)
                    break
                }
            }
        }

        var slots = Array(repeating: Slot(space: .shared, offset: 0), count: records.count)
        var worker = Shelf(), group = Shelf(), shared = Shelf()
        let roots = records.indices.filter {
            owner[$0] == $0 && records[$0].view == nil && (lives[$0].first != .max || lives[$0].isKept)
        }
        for root in roots.sorted(by: { (lives[$0].bytes, $1) > (lives[$1].bytes, $0) }) {
            let life = lives[root]
            let (first, last) = life.isKept ? (0, Int.max) : (life.first, life.last)
            if life.isShared {
                slots[root] = Slot(space: .shared, offset: shared.place(life.bytes, from: first, to: last))
            } else if life.isKept || life.isReadByBatch || life.stages.count > 1 {
                slots[root] = Slot(space: .group, offset: group.place(life.bytes, from: first, to: last))
            } else {
                slots[root] = Slot(space: .worker, offset: worker.place(life.bytes, from: first, to: last))
            }
        }
        for (index, record) in records.enumerated() {
            slots[index] = slots[find(record.view?.of.index ?? index)]
            slots[index].offset += (record.view?.offset ?? 0) * record.stride
        }
        placement = Placement(slots: slots)
        (workerBytes, workerBytesWithoutReuse) = (worker.height, worker.total)
        (groupBytes, groupBytesWithoutReuse) = (group.height, group.total)
        (sharedBytes, sharedBytesWithoutReuse) = (shared.height, shared.total)
    }
}

/// A stretch of memory in which blocks whose lives overlap lie apart: each goes to the lowest gap that takes it.
private struct Shelf {
    private var blocks: [(offset: Int, bytes: Int, first: Int, last: Int)] = []
    private(set) var height = 0
    private(set) var total = 0

    mutating func place(_ bytes: Int, from first: Int, to last: Int) -> Int {
        var offset = 0
        for block in blocks.filter({ $0.first <= last && first <= $0.last }).sorted(by: { $0.offset < $1.offset }) {
            if offset + bytes <= block.offset { break }
            offset = max(offset, block.offset + block.bytes)
        }
        blocks.append((offset, bytes, first, last))
        height = max(height, offset + bytes)
        total += bytes
        return offset
    }
}
