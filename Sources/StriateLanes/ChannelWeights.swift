import CLane

extension ChannelWalk {
    /// Rearranges one stack's weights, from `[output][channel][row][column]`, into the order in which its tiles read them:
    /// `[channel block][row][column][channel][block of outputs]` of lanes.
    ///
    /// Lanes without an output, and outputs whose group a channel does not belong to, become 0.
    @inline(never)
    public func pack(stack: Int, _ weights: UnsafePointer<Float>, into packed: MutableLanePointer) {
        let stack = stacks[stack], taps = kernel.count
        var target = UnsafeMutableRawPointer(packed + stack.weightStart).assumingMemoryBound(to: Float.self)
        for segment in stack.segments {
            for block in 0..<segment.blocks {
                let first = segment.firstChannel &+ block &* segment.channels
                for tap in 0..<taps {
                    for channel in first..<first &+ segment.channels {
                        for outputBlock in stack.blocks {
                            copy(weights, block: outputBlock, channel: channel, tap: tap, into: target)
                            target += Lane.width
                        }
                    }
                }
            }
        }
    }

    /// The weights from one channel to a block of outputs.
    @inline(__always)
    private func copy(_ weights: UnsafePointer<Float>, block: Int, channel: Int, tap: Int, into lane: UnsafeMutablePointer<Float>) {
        let row = channels &* kernel.count, group = groups == 1 ? 0 : channel / channels
        let weights = weights + ((channel &- group &* channels) &* kernel.count &+ tap)
        let first = block &* Lane.width, ownFirst = max(first, group &* outputs), ownEnd = min(first &+ Lane.width, (group &+ 1) &* outputs)
        if ownEnd &- ownFirst == Lane.width {
            for i in 0..<Lane.width { lane[i] = weights[(first &+ i) &* row] }
        } else {
            for output in first..<first &+ Lane.width {
                lane[output &- first] = output >= ownFirst && output < ownEnd ? weights[output &* row] : 0
            }
        }
    }
}
