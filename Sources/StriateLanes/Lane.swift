public import CLane

/// One SIMD register: element `i` belongs to image `i` of a group. Scalar code over `Lane` is code for a whole group of images.
///
/// 16 floats with AVX-512, 8 with AVX2, 4 on Arm and elsewhere: the build's target decides (`STRIATE_CPU`).
public typealias Lane = lane_f32

public typealias LanePointer = UnsafePointer<Lane>
public typealias MutableLanePointer = UnsafeMutablePointer<Lane>

extension Lane {
    /// Images in a group.
    @inlinable @inline(__always)
    public static var width: Int { Int(LANE_WIDTH) }

    /// The sum of all elements, added in halves: an order fixed by the type. (`SIMD.sum()` is slow here.)
    @inlinable @inline(__always)
    public var total: Float { sumOfHalves(self) }

    /// 1 for each of the first `count` elements, 0 for the others.
    @inlinable
    public static func mask(first count: Int) -> Lane {
        var mask = Lane.zero
        for index in 0..<Swift.min(count, width) { mask[index] = 1 }
        return mask
    }

    /// Keeps the first `count` elements; the others become 0 whatever they were, NaN included.
    @inlinable
    public func keeping(first count: Int) -> Lane {
        lane_select(lane_greater(Lane.mask(first: count), .zero), self, .zero)
    }
}

/// The larger of each pair; NaN wins, as in PyTorch.
@inlinable @inline(__always)
public func larger(_ a: Lane, _ b: Lane) -> Lane { lane_select(lane_is_nan(a), a, lane_max(a, b)) }

/// The smaller of each pair; NaN wins, as in PyTorch.
@inlinable @inline(__always)
public func smaller(_ a: Lane, _ b: Lane) -> Lane { lane_select(lane_is_nan(a), a, lane_min(a, b)) }

@inlinable @inline(__always)
func sumOfHalves(_ v: SIMD16<Float>) -> Float { sumOfHalves(v.lowHalf + v.highHalf) }
@inlinable @inline(__always)
func sumOfHalves(_ v: SIMD8<Float>) -> Float { sumOfHalves(v.lowHalf + v.highHalf) }
@inlinable @inline(__always)
func sumOfHalves(_ v: SIMD4<Float>) -> Float {
    let pair = v.lowHalf + v.highHalf
    return pair.x + pair.y
}

/// Lends `Lane.width` lanes on the stack: the square that a transposition works in.
@inlinable @inline(__always)
public func withSquare<Result>(_ body: (_ rows: MutableLanePointer, _ floats: UnsafeMutablePointer<Float>) -> Result) -> Result {
    var square = InlineArray<16, Lane>(repeating: .zero)
    return withUnsafeMutablePointer(to: &square) {
        let raw = UnsafeMutableRawPointer($0)
        return body(raw.assumingMemoryBound(to: Lane.self), raw.assumingMemoryBound(to: Float.self))
    }
}

/// Neighbouring floats that are worked on together: a lane's worth, or the few that are left at the end.
public struct FloatRange {
    public let start: Int
    /// `Lane.width` but at the end.
    @usableFromInline let count: Int

    @inlinable @inline(__always)
    init(start: Int, count: Int) {
        self.start = start
        self.count = count
    }

    @inlinable @inline(__always)
    public func load(_ floats: UnsafePointer<Float>) -> Lane {
        if count == Lane.width { return lane_load(floats + start) }
        var lane = Lane.zero
        for i in 0..<count { lane[i] = floats[start &+ i] }
        return lane
    }

    @inlinable @inline(__always)
    public func load(_ floats: UnsafeMutablePointer<Float>) -> Lane { load(UnsafePointer(floats)) }

    @inlinable @inline(__always)
    public func store(_ lane: Lane, to floats: UnsafeMutablePointer<Float>) {
        if count == Lane.width { return lane_store(floats + start, lane) }
        for i in 0..<count { floats[start &+ i] = lane[i] }
    }
}

extension Lane {
    /// Walks over floats a lane at a time.
    @inlinable @inline(__always)
    public static func overFloats(_ range: Range<Int>, _ body: (FloatRange) -> Void) {
        var start = range.lowerBound
        while start &+ width <= range.upperBound {
            body(FloatRange(start: start, count: width))
            start &+= width
        }
        if start < range.upperBound { body(FloatRange(start: start, count: range.upperBound &- start)) }
    }
}
