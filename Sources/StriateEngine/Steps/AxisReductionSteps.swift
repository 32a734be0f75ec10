import CLane
import StriateGraph
import StriateLanes

/// Where the elements lie that a reduction along axes combines.
struct ReductionWalk: Sendable {
    /// From each result to the first of its elements (a).
    let results: ElementWalk
    /// From there to all of them (a).
    let elements: ElementWalk

    init(_ shape: Shape, axes: [Int]) {
        let steps = shape.steps
        func walk(_ axes: [Int]) -> ElementWalk {
            ElementWalk(axes.map { ElementWalk.Axis(extent: shape[$0], stepA: steps[$0], stepB: 0) })
        }
        results = walk(shape.extents.indices.filter { !axes.contains($0) })
        elements = walk(axes)
    }

    /// Calls `body` with some of the results and where each one's first element is.
    @inline(__always)
    func forEachResult(of range: Range<Int>, _ body: (_ result: Int, _ start: Int) -> Void) {
        results.forEachRow(of: range) { index, start, _, steps, count in
            for i in 0..<count { body(index &+ i, start &+ i &* steps.a) }
        }
    }
}

extension Reduction.Kind {
    /// Combines the elements at `load`'s indices: lanes of images, or single floats.
    @inline(__always)
    fileprivate func combine(_ walk: ElementWalk, from start: Int, _ load: (_ index: Int) -> Lane) -> Lane {
        switch self {
        case .sum, .mean:
            // Four sums in turn: one alone would wait for itself, and would round more often.
            var sums = InlineArray<4, Lane>(repeating: .zero)
            walk.forEachRow(of: 0..<walk.count) { _, offset, _, steps, count in
                var i = 0, position = start &+ offset
                while i &+ 4 <= count {
                    for s in 0..<4 { sums[unchecked: s] += load(position &+ s &* steps.a) }
                    position &+= 4 &* steps.a
                    i &+= 4
                }
                while i < count {
                    sums[unchecked: 0] += load(position)
                    position &+= steps.a
                    i &+= 1
                }
            }
            let sum = (sums[unchecked: 0] + sums[unchecked: 1]) + (sums[unchecked: 2] + sums[unchecked: 3])
            return self == .sum ? sum : sum / Float(walk.count)
        case .max: return best(walk, from: start, load, larger)
        case .min: return best(walk, from: start, load, smaller)
        }
    }

    @inline(__always)
    private func best(
        _ walk: ElementWalk, from start: Int, _ load: (_ index: Int) -> Lane, _ choose: (_ a: Lane, _ b: Lane) -> Lane
    ) -> Lane {
        var best = load(start)
        walk.forEachRow(of: 0..<walk.count) { _, offset, _, steps, count in
            for i in 0..<count { best = choose(best, load(start &+ offset &+ i &* steps.a)) }
        }
        return best
    }
}

/// Sums, means and extremes along axes, for each image.
struct AxisReductionStep: GroupStep {
    let kind: Reduction.Kind
    let walk: ReductionWalk
    let x: Slot, result: Slot

    private var pieces: Parts { Parts(walk.results.count, lanesEach: walk.elements.count) }
    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), results = frame.lanes(result)
        walk.forEachResult(of: pieces[part]) { result, start in
            results[result] = kind.combine(walk.elements, from: start) { x[$0] }
        }
    }
}

/// The same for values that all images share.
struct SharedAxisReductionStep: BatchStep {
    let kind: Reduction.Kind
    let walk: ReductionWalk
    let x: Slot, result: Slot

    private var pieces: Parts { Parts(walk.results.count, lanesEach: walk.elements.count) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), results = frame.floats(result)
        walk.forEachResult(of: pieces[part]) { result, start in
            results[result] = kind.combine(walk.elements, from: start) { Lane(repeating: x[$0]) }[0]
        }
    }
}

/// Softmax along an axis: each result's row is shifted by its largest element.
struct SoftmaxStep: GroupStep {
    let softmax: Softmax
    let walk: ReductionWalk
    let x: Slot, result: Slot

    private var pieces: Parts { Parts(walk.results.count, lanesEach: walk.elements.count) }
    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), y = frame.lanes(result)
        // One axis: its elements lie a step apart.
        let count = walk.elements.count, step = walk.elements.axes[0].stepA
        walk.forEachResult(of: pieces[part]) { _, start in
            let x = x + start, y = y + start
            var top = x[0], sum = Lane.zero
            for k in 1..<max(1, count) { top = larger(top, x[k &* step]) }
            if softmax.isLogarithm {
                for k in 0..<count { sum += exp(x[k &* step] - top) }
                let shift = log(sum)
                for k in 0..<count { y[k &* step] = x[k &* step] - top - shift }
            } else {
                for k in 0..<count {
                    let e = exp(x[k &* step] - top)
                    y[k &* step] = e
                    sum += e
                }
                for k in 0..<count { y[k &* step] /= sum }
            }
        }
    }
}
