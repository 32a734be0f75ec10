import StriateGraph
import StriateLanes

/// Rows of neighbouring elements that a gather takes from one axis: what lies behind the axis is one row.
struct GatherGeometry: Sendable {
    /// Positions of all axes before the gathered one.
    let outer: Int
    let extent: Int
    /// Elements of all axes behind it.
    let row: Int
    /// For each position of the result the input's, or ``Gather/filled``.
    let positions: [Int]

    init(_ shape: Shape, axis: Int, positions: [Int]) {
        outer = shape.extents[..<axis].reduce(1, *)
        extent = shape[axis]
        row = shape.extents[(axis + 1)...].reduce(1, *)
        self.positions = positions
    }

    /// Copies rows from `x`, which holds `extent` of them for each outer position, or fills them.
    @inline(__always)
    func gather<Element>(_ outer: Int, _ x: UnsafePointer<Element>, _ fill: Element, into result: UnsafeMutablePointer<Element>) {
        var target = result + outer &* positions.count &* row
        let x = x + outer &* extent &* row
        for position in positions {
            if position == Gather.filled {
                for i in 0..<row { target[i] = fill }
            } else {
                let source = x + position &* row
                for i in 0..<row { target[i] = source[i] }
            }
            target += row
        }
    }

    /// Adds rows of `upstream` to where they were gathered from.
    @inline(__always)
    func scatter<Element: Addable>(_ outer: Int, _ upstream: UnsafePointer<Element>, into result: UnsafeMutablePointer<Element>) {
        let result = result + outer &* extent &* row
        var source = upstream + outer &* positions.count &* row
        for i in 0..<extent &* row { result[i] = .zero }
        for position in positions {
            if position != Gather.filled {
                let target = result + position &* row
                for i in 0..<row { target[i] += source[i] }
            }
            source += row
        }
    }
}

/// A lane or a float.
protocol Addable {
    static var zero: Self { get }
    static func += (a: inout Self, b: Self)
}

extension Float: Addable {}
extension Lane: Addable {}

struct GatherStep: GroupStep {
    let geometry: GatherGeometry
    let fill: Float
    let x: Slot, result: Slot

    var parts: Int { geometry.outer }

    func run(_ frame: GroupFrame, part: Int) {
        geometry.gather(part, frame.lanes(x), Lane(repeating: fill), into: frame.lanes(result))
    }
}

struct SharedGatherStep: BatchStep {
    let geometry: GatherGeometry
    let fill: Float
    let x: Slot, result: Slot

    func run(_ frame: BatchFrame, part: Int) {
        for outer in 0..<geometry.outer { geometry.gather(outer, frame.floats(x), fill, into: frame.floats(result)) }
    }
}

struct GatherGradientStep: GroupStep {
    let geometry: GatherGeometry
    let upstream: Slot, result: Slot

    var parts: Int { geometry.outer }

    func run(_ frame: GroupFrame, part: Int) { geometry.scatter(part, frame.lanes(upstream), into: frame.lanes(result)) }
}

struct SharedGatherGradientStep: BatchStep {
    let geometry: GatherGeometry
    let upstream: Slot, result: Slot

    func run(_ frame: BatchFrame, part: Int) {
        for outer in 0..<geometry.outer { geometry.scatter(outer, frame.floats(upstream), into: frame.floats(result)) }
    }
}

/// A weight with zeros where a table has no connection.
struct ConnectionMaskStep: BatchStep {
    /// For each pair of an output and an input channel, row by row.
    let isConnected: [Bool]
    /// Elements of a pair's kernel.
    let kernel: Int
    let weight: Slot, result: Slot

    func run(_ frame: BatchFrame, part: Int) {
        let weight = frame.floats(weight), result = frame.floats(result)
        for (pair, isConnected) in isConnected.enumerated() {
            for i in pair &* kernel..<(pair &+ 1) &* kernel { result[i] = isConnected ? weight[i] : 0 }
        }
    }
}
