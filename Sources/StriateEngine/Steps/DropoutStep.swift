import CLane
import StriateGraph
import StriateLanes

/// Lets elements fall by ``Dropout/isDropped(_:image:element:)``, a lane of images at once.
struct DropoutStep: GroupStep {
    let dropout: Dropout
    let x: Slot, result: Slot
    let elements: Parts

    var parts: Int { elements.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), result = frame.lanes(result)
        let keys = dropout.keys(seed: frame.seed), threshold = dropout.threshold
        let images = lane_counting(UInt32(truncatingIfNeeded: frame.firstImage)) &* 0x9E37_79B9
        let scale = Lane(repeating: 1 / (1 - dropout.rate))
        for element in elements[part] {
            let first = Dropout.mixed(UInt32(truncatingIfNeeded: dropout.isByImage ? 0 : element) ^ keys.0)
            let hash = lane_mixed((images &+ first) ^ keys.1)
            result[element] = lane_select(lane_below(hash, threshold), .zero, x[element] * scale)
        }
    }
}
