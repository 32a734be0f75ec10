import StriateLanes

/// Where a step finds its operands while it works on one group of images.
struct GroupFrame {
    var worker: UnsafeMutableRawPointer
    var group: UnsafeMutableRawPointer
    var shared: UnsafeMutableRawPointer
    /// Memory of this thread's own that means nothing after the step.
    var scratch: MutableLanePointer
    /// The first image of the group, and how many of its lanes hold one.
    var firstImage: Int
    var images: Int
    /// Images in the whole batch.
    var batch: Int
    /// What this run's chance follows from.
    var seed: UInt64
    var feeds: UnsafePointer<FedSource>

    @inline(__always)
    private func address(_ slot: Slot) -> UnsafeMutableRawPointer {
        switch slot.space {
        case .worker: worker + slot.offset
        case .group: group + slot.offset
        case .shared: shared + slot.offset
        }
    }

    @inline(__always)
    func lanes(_ slot: Slot) -> MutableLanePointer { address(slot).assumingMemoryBound(to: Lane.self) }

    @inline(__always)
    func floats(_ slot: Slot) -> UnsafeMutablePointer<Float> { address(slot).assumingMemoryBound(to: Float.self) }
}

/// Where a step finds its operands while it works on all groups at once.
struct BatchFrame {
    var groups: UnsafeMutableRawPointer
    /// Bytes from one group's part to the next.
    var groupStep: Int
    var groupCount: Int
    var shared: UnsafeMutableRawPointer
    var scratch: MutableLanePointer
    var batch: Int

    @inline(__always)
    func floats(_ slot: Slot) -> UnsafeMutablePointer<Float> { (shared + slot.offset).assumingMemoryBound(to: Float.self) }

    /// Lanes that all groups share.
    @inline(__always)
    func sharedLanes(_ slot: Slot) -> MutableLanePointer { (shared + slot.offset).assumingMemoryBound(to: Lane.self) }

    /// A group's own floats.
    @inline(__always)
    func floats(_ slot: Slot, ofGroup group: Int) -> UnsafeMutablePointer<Float> {
        (groups + (group &* groupStep &+ slot.offset)).assumingMemoryBound(to: Float.self)
    }

    /// A group's own lanes.
    @inline(__always)
    func lanes(_ slot: Slot, ofGroup group: Int) -> MutableLanePointer { lanes(slot) + group &* laneStep }

    /// How many of a group's lanes hold an image.
    @inline(__always)
    func images(ofGroup group: Int) -> Int { min(Lane.width, batch &- group &* Lane.width) }

    /// The first group's lanes; the next group's are `laneStep` further.
    @inline(__always)
    func lanes(_ slot: Slot) -> MutableLanePointer { (groups + slot.offset).assumingMemoryBound(to: Lane.self) }

    var laneStep: Int { groupStep / MemoryLayout<Lane>.stride }
}

/// A batched input for the time of one run.
struct FedSource {
    enum Elements {
        case bytes(UnsafePointer<UInt8>)
        case integers(UnsafePointer<Int32>)
        case floats(UnsafePointer<Float>)
    }

    var elements: Elements
    /// The sample in each place of the batch.
    var rows: UnsafePointer<Int>
}

/// Work on one group. Parts are independent of one another; together they are the whole step.
///
/// A part computes the same bits whoever runs it: that is why results do not depend on the number of threads.
protocol GroupStep: Sendable {
    var parts: Int { get }
    var scratchLanes: Int { get }
    func run(_ frame: GroupFrame, part: Int)
}

/// Work on the whole batch, in independent parts.
protocol BatchStep: Sendable {
    var parts: Int { get }
    var scratchLanes: Int { get }
    func run(_ frame: BatchFrame, part: Int)
}

extension GroupStep {
    var parts: Int { 1 }
    var scratchLanes: Int { 0 }
}

extension BatchStep {
    var parts: Int { 1 }
    var scratchLanes: Int { 0 }
}
