import CLane
import StriateGraph
import StriateLanes

/// What an optimiser's rule does to neighbouring elements of a parameter.
protocol LaneUpdate: ParameterUpdate {
    /// Updates the elements of `range`.
    ///
    /// - Parameter gradient: Where the gradient of element 0 lies, or would lie.
    func update(_ range: Range<Int>, gradient: UnsafePointer<Float>, _ places: UpdatePlaces, _ frame: BatchFrame)
}

/// Where a rule finds a parameter, its state and the numbers of the step, and where it leaves the new ones: the variables themselves
/// where nothing else reads the old values.
struct UpdatePlaces: Sendable {
    /// Of the operation's inputs and results, in their order.
    let inputs: [Slot]
    let results: [Slot]
    let firstTensor: Int
    let stateCount: Int
    let gate: Int?
    let average: Int?

    var parameter: Slot { inputs[0] }
    var newParameter: Slot { results[0] }

    func tensor(_ index: Int, _ frame: BatchFrame) -> UnsafeMutablePointer<Float> { frame.floats(inputs[firstTensor + index]) }
    func newState(_ index: Int, _ frame: BatchFrame) -> UnsafeMutablePointer<Float> { frame.floats(results[1 + index]) }
    /// The rate is number 0.
    func number(_ index: Int, _ frame: BatchFrame) -> Float { frame.floats(inputs[2 + index])[0] }

    func isOpen(_ frame: BatchFrame) -> Bool { gate.map { frame.floats(inputs[$0])[0] != 0 } ?? true }

    /// Leaves everything as it was.
    func keep(_ range: Range<Int>, _ frame: BatchFrame) {
        let old = [0] + (0..<stateCount).map { firstTensor + $0 } + (average.map { [$0] } ?? [])
        for (old, new) in zip(old, results) where inputs[old].offset != new.offset {
            (frame.floats(new) + range.lowerBound).update(from: frame.floats(inputs[old]) + range.lowerBound, count: range.count)
        }
    }

    /// Lets the average follow the new parameter, which is still in the cache.
    @inline(__always)
    func follow(_ range: Range<Int>, _ frame: BatchFrame) {
        guard let average else { return }
        let w = frame.floats(newParameter), old = frame.floats(inputs[average]), new = frame.floats(results[1 + stateCount])
        let share = Lane(repeating: frame.floats(inputs[average + 1])[0])
        Lane.overFloats(range) { range in
            let before = range.load(old)
            range.store(lane_fma(share, range.load(w) - before, before), to: new)
        }
    }
}

/// One step of an optimiser on one parameter.
struct UpdateStep<Rule: LaneUpdate>: BatchStep {
    let rule: Rule
    let places: UpdatePlaces
    let gradient: Slot
    let count: Int

    private var floatsInPart: Int { 4096 }

    var parts: Int { (count + floatsInPart - 1) / floatsInPart }

    func run(_ frame: BatchFrame, part: Int) {
        let first = part * floatsInPart, range = first..<min(count, first + floatsInPart)
        guard places.isOpen(frame) else { return places.keep(range, frame) }
        rule.update(range, gradient: frame.floats(gradient), places, frame)
        places.follow(range, frame)
    }
}

/// A linear layer's weight gradient and the step along it: the gradient of a few outputs lives only as long as it takes to
/// update their weights, and never leaves the nearest cache.
struct OuterProductUpdateStep<Rule: LaneUpdate>: BatchStep {
    let product: OuterProduct
    let x: Slot, upstream: Slot
    let rule: Rule
    let places: UpdatePlaces

    var parts: Int { product.blocks }
    var scratchLanes: Int { product.scratchLanes + OuterProduct.lanes(for: product.inputs * product.outputs(ofBlock: 0).count) + 1 }

    func run(_ frame: BatchFrame, part: Int) {
        let outputs = product.outputs(ofBlock: part)
        let elements = outputs.lowerBound * product.inputs..<outputs.upperBound * product.inputs
        guard places.isOpen(frame) else { return places.keep(elements, frame) }
        let gradient = UnsafeMutableRawPointer(frame.scratch + product.scratchLanes).assumingMemoryBound(to: Float.self) - elements.lowerBound
        product.run(
            block: part, x: frame.lanes(x), xStep: frame.laneStep, upstream: frame.lanes(upstream), upstreamStep: frame.laneStep,
            images: frame.batch, gradient: gradient, scratch: frame.scratch)
        rule.update(elements, gradient: gradient, places, frame)
        places.follow(elements, frame)
    }
}
