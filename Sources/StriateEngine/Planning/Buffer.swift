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

    var byteCount: Int {
        let bytes: Int
        switch contents {
        case .lanes(let count): bytes = count * MemoryLayout<Lane>.stride
        case .groupFloats(let count), .floats(let count): bytes = count * MemoryLayout<Float>.stride
        }
        // Whole cache lines, so that no two buffers share one, and room for a whole lane behind the last float.
        return (bytes + 127) / 64 * 64
    }

    var isShared: Bool { if case .floats = contents { true } else { false } }
}
