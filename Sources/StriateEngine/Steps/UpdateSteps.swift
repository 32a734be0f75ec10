import CLane
import StriateGraph
import StriateLanes

/// What an optimiser's rule does to neighbouring elements of a parameter.
protocol ParameterUpdate: Sendable {
    /// Updates the elements of `range`.
    ///
    /// - Parameter gradient: Where the gradient of element 0 lies, or would lie.
    func update(_ range: Range<Int>, gradient: UnsafePointer<Float>, _ frame: BatchFrame)
}

/// Where gradient descent finds a parameter and its velocity, and where it leaves the new ones: the variables themselves
/// where nothing else reads the old values.
struct Descent: ParameterUpdate {
    let rule: GradientDescent
    let parameter: Slot, rate: Slot
    let velocity: Slot?
    let newParameter: Slot
    let newVelocity: Slot?

    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ frame: BatchFrame) {
        let w = frame.floats(parameter), newW = frame.floats(newParameter)
        let rate = Lane(repeating: frame.floats(rate)[0])
        let decay = Lane(repeating: rule.weightDecay), momentum = Lane(repeating: rule.momentum)
        guard let velocity, let newVelocity else {
            Lane.overFloats(range) { range in
                let old = range.load(w), step = lane_fma(decay, old, range.load(g))
                range.store(lane_fma(-rate, step, old), to: newW)
            }
            return
        }
        let v = frame.floats(velocity), newV = frame.floats(newVelocity)
        Lane.overFloats(range) { range in
            let old = range.load(w), step = lane_fma(decay, old, range.load(g))
            let speed = lane_fma(momentum, range.load(v), step)
            range.store(speed, to: newV)
            range.store(lane_fma(-rate, rule.isNesterov ? lane_fma(momentum, speed, step) : speed, old), to: newW)
        }
    }
}

/// `w − rate/(damping + h)·g`, each parameter with a rate of its own.
struct DampedDescent: ParameterUpdate {
    let damping: Float
    let parameter: Slot, rate: Slot, curvature: Slot, newParameter: Slot

    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ frame: BatchFrame) {
        let w = frame.floats(parameter), h = frame.floats(curvature), newW = frame.floats(newParameter)
        let rate = Lane(repeating: frame.floats(rate)[0]), damping = Lane(repeating: damping)
        Lane.overFloats(range) { range in
            range.store(lane_fma(-rate / (damping + range.load(h)), range.load(g), range.load(w)), to: newW)
        }
    }
}

/// One step of an optimiser on one parameter.
struct UpdateStep<Rule: ParameterUpdate>: BatchStep {
    let rule: Rule
    let gradient: Slot
    let count: Int

    private var floatsInPart: Int { 4096 }

    var parts: Int { (count + floatsInPart - 1) / floatsInPart }

    func run(_ frame: BatchFrame, part: Int) {
        let first = part * floatsInPart
        rule.update(first..<min(count, first + floatsInPart), gradient: frame.floats(gradient), frame)
    }
}

/// A linear layer's weight gradient and the step along it: the gradient of a few outputs lives only as long as it takes to
/// update their weights, and never leaves the nearest cache.
struct OuterProductUpdateStep<Rule: ParameterUpdate>: BatchStep {
    let product: OuterProduct
    let x: Slot, upstream: Slot
    let rule: Rule

    var parts: Int { product.blocks }
    var scratchLanes: Int { product.scratchLanes + OuterProduct.lanes(for: product.inputs * product.outputs(ofBlock: 0).count) + 1 }

    func run(_ frame: BatchFrame, part: Int) {
        let outputs = product.outputs(ofBlock: part)
        let elements = outputs.lowerBound * product.inputs..<outputs.upperBound * product.inputs
        let gradient = UnsafeMutableRawPointer(frame.scratch + product.scratchLanes).assumingMemoryBound(to: Float.self) - elements.lowerBound
        product.run(
            block: part, x: frame.lanes(x), xStep: frame.laneStep, upstream: frame.lanes(upstream), upstreamStep: frame.laneStep,
            images: frame.batch, gradient: gradient, scratch: frame.scratch)
        rule.update(elements, gradient: gradient, frame)
    }
}
