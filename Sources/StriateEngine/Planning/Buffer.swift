import StriateLanes

/// Memory that a plan needs, before it has a place.
struct Buffer: Hashable, Sendable {
    let index: Int
}

/// Where a buffer lives.
enum Space: Sendable {
    /// One for each worker, gone when the group is done: what keeps a small network inside one core's cache.
    case worker
    /// One for each group of images.
    case group
    /// One for all.
    case shared
}

/// A buffer's place.
struct Slot: Sendable {
    var space: Space
    /// Bytes from the start of the space (of the worker's or the group's part of it).
    var offset: Int
}

/// What a plan knows of a buffer.
struct BufferRecord {
    enum Contents {
        /// So many lanes for each group.
        case lanes(Int)
        /// So many floats for each group.
        case groupFloats(Int)
        /// So many floats for the whole batch.
        case floats(Int)
    }

    var contents: Contents
    /// Must outlive the run: inputs that are fed from outside, variables, constants, outputs.
    var isKept = false
    /// A part of another buffer, of the same kind and no view itself, that begins so many elements from its start.
    var view: (of: Buffer, offset: Int)?

    /// Lanes or floats.
    var count: Int {
        switch contents {
        case .lanes(let count), .groupFloats(let count), .floats(let count): count
        }
    }

    /// Of one element.
    var stride: Int { if case .lanes = contents { MemoryLayout<Lane>.stride } else { MemoryLayout<Float>.stride } }

    var byteCount: Int {
        // Whole cache lines, so that no two buffers share one, and room for a whole lane behind the last float.
        (count * stride + 127) / 64 * 64
    }

    var isShared: Bool { if case .floats = contents { true } else { false } }
}

/// Elements of a buffer that is no view: where a buffer's own elements lie.
struct Region: Hashable {
    let root: Buffer
    let range: Range<Int>

    func overlaps(_ other: Region) -> Bool { root == other.root && range.overlaps(other.range) }
}

extension [BufferRecord] {
    func root(of buffer: Buffer) -> Buffer { self[buffer.index].view?.of ?? buffer }

    func region(of buffer: Buffer) -> Region {
        let record = self[buffer.index], start = record.view?.offset ?? 0
        return Region(root: root(of: buffer), range: start..<start + record.count)
    }
}
