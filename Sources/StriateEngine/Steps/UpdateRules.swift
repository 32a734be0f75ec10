import CLane
import StriateGraph
import StriateLanes

extension GradientDescent: LaneUpdate {
    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ places: UpdatePlaces, _ frame: BatchFrame) {
        let w = frame.floats(places.parameter), newW = frame.floats(places.newParameter), rate = places.number(0, frame)
        // With a decay of 0, or a scale of 1, these change no bit.
        let decay = Lane(repeating: isDecoupled ? 0 : weightDecay), shrinkage = Lane(repeating: isDecoupled ? -rate * weightDecay : 0)
        let scale = Lane(repeating: isScaled ? places.number(1, frame) : 1)
        let back = Lane(repeating: -rate)
        let momentum = Lane(repeating: isMomentumFed ? places.number(isScaled ? 2 : 1, frame) : momentum)
        guard stateCount > 0 else {
            Lane.overFloats(range) { range in
                let old = range.load(w), step = lane_fma(decay, old, range.load(g)) * scale
                range.store(lane_fma(back, step, lane_fma(shrinkage, old, old)), to: newW)
            }
            return
        }
        let v = places.tensor(0, frame), newV = places.newState(0, frame)
        Lane.overFloats(range) { range in
            let old = range.load(w), step = lane_fma(decay, old, range.load(g)) * scale
            let speed = lane_fma(momentum, range.load(v), step)
            range.store(speed, to: newV)
            range.store(lane_fma(back, isNesterov ? lane_fma(momentum, speed, step) : speed, lane_fma(shrinkage, old, old)), to: newW)
        }
    }
}

extension LevenbergMarquardt: LaneUpdate {
    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ places: UpdatePlaces, _ frame: BatchFrame) {
        let w = frame.floats(places.parameter), newW = frame.floats(places.newParameter), h = places.tensor(0, frame)
        let rate = Lane(repeating: places.number(0, frame)), damping = Lane(repeating: damping)
        Lane.overFloats(range) { range in
            range.store(lane_fma(-rate / (damping + range.load(h)), range.load(g), range.load(w)), to: newW)
        }
    }
}

extension Adam: LaneUpdate {
    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ places: UpdatePlaces, _ frame: BatchFrame) {
        let w = frame.floats(places.parameter), newW = frame.floats(places.newParameter), rate = places.number(0, frame)
        let m = places.tensor(0, frame), v = places.tensor(1, frame)
        let newM = places.newState(0, frame), newV = places.newState(1, frame)
        let decay = Lane(repeating: isDecoupled ? 0 : weightDecay), shrinkage = Lane(repeating: isDecoupled ? -rate * weightDecay : 0)
        let back = Lane(repeating: -rate * places.number(1, frame)), correction = Lane(repeating: places.number(2, frame))
        let share1 = Lane(repeating: isMomentumFed ? places.number(3, frame) : Float(1 - beta1)), share2 = Lane(repeating: Float(1 - beta2)), kept = Lane(repeating: Float(beta2))
        let epsilon = Lane(repeating: epsilon)
        Lane.overFloats(range) { range in
            let old = range.load(w), gradient = lane_fma(decay, old, range.load(g)), before = range.load(m)
            let mean = lane_fma(share1, gradient - before, before)
            let square = lane_fma(share2 * gradient, gradient, kept * range.load(v))
            range.store(mean, to: newM)
            range.store(square, to: newV)
            let step = mean / lane_fma(lane_sqrt(square), correction, epsilon)
            range.store(lane_fma(back, step, lane_fma(shrinkage, old, old)), to: newW)
        }
    }
}

extension RMSProp: LaneUpdate {
    @inline(__always)
    func update(_ range: Range<Int>, gradient g: UnsafePointer<Float>, _ places: UpdatePlaces, _ frame: BatchFrame) {
        let w = frame.floats(places.parameter), newW = frame.floats(places.newParameter)
        let s = places.tensor(0, frame), newS = places.newState(0, frame)
        let mean = isCentered ? (old: places.tensor(1, frame), new: places.newState(1, frame)) : nil
        let last = stateCount - 1
        let speed = momentum == 0 ? nil : (old: places.tensor(last, frame), new: places.newState(last, frame))
        let back = Lane(repeating: -places.number(0, frame)), decay = Lane(repeating: weightDecay), momentum = Lane(repeating: momentum)
        let kept = Lane(repeating: Float(alpha)), share = Lane(repeating: Float(1 - alpha)), epsilon = Lane(repeating: epsilon)
        Lane.overFloats(range) { range in
            let old = range.load(w), gradient = lane_fma(decay, old, range.load(g))
            let square = lane_fma(share * gradient, gradient, kept * range.load(s))
            range.store(square, to: newS)
            var variance = square
            if let mean {
                let before = range.load(mean.old), average = lane_fma(share, gradient - before, before)
                range.store(average, to: mean.new)
                // Rounding can take what is almost 0 below it.
                variance = larger(lane_fma(-average, average, square), .zero)
            }
            var step = gradient / (lane_sqrt(variance) + epsilon)
            if let speed {
                step = lane_fma(momentum, range.load(speed.old), step)
                range.store(step, to: speed.new)
            }
            range.store(lane_fma(back, step, old), to: newW)
        }
    }
}
