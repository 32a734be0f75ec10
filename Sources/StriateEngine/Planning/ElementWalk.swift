import StriateGraph

/// A loop over the elements of a shape in row-major order, with what two operands advance by along each axis: what broadcasting,
/// transposing, slicing and concatenating have in common.
///
/// Axes of extent 1 are left out, and neighbours through which both operands walk without a jump are one axis.
struct ElementWalk: Sendable {
    struct Axis: Hashable, Sendable {
        var extent: Int
        var stepA: Int
        var stepB: Int
    }

    /// Outermost first; the last is walked in one go. Never empty.
    private(set) var axes: [Axis] = []
    let count: Int

    init(_ axes: [Axis]) {
        count = axes.reduce(1) { $0 * $1.extent }
        for axis in axes where axis.extent != 1 {
            if let outer = self.axes.last, outer.stepA == axis.stepA * axis.extent, outer.stepB == axis.stepB * axis.extent {
                self.axes[self.axes.count - 1] = Axis(extent: outer.extent * axis.extent, stepA: axis.stepA, stepB: axis.stepB)
            } else {
                self.axes.append(axis)
            }
        }
        if self.axes.isEmpty { self.axes = [Axis(extent: 1, stepA: 0, stepB: 0)] }
    }

    /// - Parameters a, b: What each operand advances by along each axis of `shape`.
    init(over shape: Shape, a: [Int], b: [Int]) {
        self.init(shape.extents.indices.map { Axis(extent: shape[$0], stepA: a[$0], stepB: b[$0]) })
    }

    /// Two operands that are broadcast to `shape`.
    init(broadcasting a: Shape, _ b: Shape, to shape: Shape) {
        self.init(over: shape, a: a.steps(broadcastTo: shape), b: b.steps(broadcastTo: shape))
    }

    /// Calls `body` for each stretch of the innermost axis among the elements of `range`: the index of its first element, where each
    /// operand stands there, what they advance by from element to element, and how many elements there are.
    @inline(__always)
    func forEachRow(
        of range: Range<Int>, _ body: (_ index: Int, _ a: Int, _ b: Int, _ steps: (a: Int, b: Int), _ count: Int) -> Void
    ) {
        let last = axes[axes.count - 1]
        var index = range.lowerBound
        while index < range.upperBound {
            var (row, column) = index.quotientAndRemainder(dividingBy: last.extent)
            var a = column &* last.stepA, b = column &* last.stepB
            let length = min(last.extent &- column, range.upperBound &- index)
            for axis in axes.dropLast().reversed() {
                (row, column) = row.quotientAndRemainder(dividingBy: axis.extent)
                a &+= column &* axis.stepA
                b &+= column &* axis.stepB
            }
            body(index, a, b, (last.stepA, last.stepB), length)
            index &+= length
        }
    }
}

extension Shape {
    /// What a walk through the elements in row-major order advances by along each axis.
    var steps: [Int] {
        var steps = extents, step = 1
        for axis in extents.indices.reversed() {
            steps[axis] = step
            step *= extents[axis]
        }
        return steps
    }

    /// The same while this shape is repeated to become `shape`: nothing along what is repeated.
    func steps(broadcastTo shape: Shape) -> [Int] {
        let added = shape.rank - rank, steps = steps
        return shape.extents.indices.map { $0 < added || self[$0 - added] == 1 ? 0 : steps[$0 - added] }
    }
}
