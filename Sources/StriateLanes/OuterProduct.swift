import CLane

/// The weight gradient of a linear layer over the whole batch: `dW[o][i] = Σ over images of upstream[o] · x[i]`.
///
/// A sum over images is what lanes of images are bad at, so here neighbouring inputs fill a register: `x` comes image by
/// image (``transpose(_:count:into:)``), and the upstream value of one image is one float of its lane.
public struct OuterProduct: Sendable {
    public var inputs: Int
    public var outputs: Int

    let tiling: Tiling

    public init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
        tiling = Tiling(rows: outputs, columns: OuterProduct.lanes(for: inputs))
    }

    /// Lanes that hold so many floats of one image.
    public static func lanes(for inputs: Int) -> Int { (inputs + Lane.width - 1) / Lane.width }

    /// Blocks of outputs: what can be computed apart.
    public var blocks: Int { tiling.rows.count }

    /// The outputs of a block.
    public func outputs(ofBlock block: Int) -> Range<Int> { tiling.rows[block].start..<tiling.rows[block].end }

    /// Lanes of scratch that ``run(block:x:upstream:images:gradient:scratch:)`` needs.
    public var scratchLanes: Int { Tiling.mostSums }

    /// Computes one block of outputs.
    ///
    /// - Parameters:
    ///   - x: For the first group, each image's inputs in whole lanes.
    ///   - upstream: For the first group, one lane for each output.
    ///   - xStep, upstreamStep: Lanes from one group to the next.
    ///   - images: Images in all groups together.
    ///   - gradient: `outputs × inputs` floats.
    @inline(never)
    public func run(
        block: Int, x: LanePointer, xStep: Int, upstream: LanePointer, upstreamStep: Int, images: Int,
        gradient: UnsafeMutablePointer<Float>, scratch: MutableLanePointer
    ) {
        let span = tiling.rows[block], row = OuterProduct.lanes(for: inputs)
        for column in tiling.columns {
            let tile = OuterProductTile(
                x: x + column.start, row: row, xStep: xStep, upstream: upstream + span.start, upstreamStep: upstreamStep, images: images,
                sums: scratch)
            tile.run(outputs: span.count, lanes: column.count)
            let start = column.start &* Lane.width, count = min(column.count &* Lane.width, inputs &- start)
            for o in 0..<span.count {
                let sums = UnsafeRawPointer(scratch + o &* column.count).assumingMemoryBound(to: Float.self)
                (gradient + ((span.start &+ o) &* inputs &+ start)).update(from: sums, count: count)
            }
        }
    }

    /// Turns lanes of images into images of lanes: `count` values of each image, row by row, zeros up to a whole lane.
    ///
    /// - Parameter columns: Which of each image's lanes, of ``lanes(for:)`` together.
    @inline(never)
    public static func transpose(_ lanes: LanePointer, count: Int, columns: Range<Int>, into images: MutableLanePointer) {
        let row = OuterProduct.lanes(for: count), whole = min(columns.upperBound, count / Lane.width)
        let from = UnsafeRawPointer(lanes).assumingMemoryBound(to: Float.self)
        let to = UnsafeMutableRawPointer(images).assumingMemoryBound(to: Float.self)
        for column in columns.lowerBound..<max(columns.lowerBound, whole) {
            lane_transpose(from + column &* Lane.width &* Lane.width, Lane.width, to + column &* Lane.width, row &* Lane.width)
        }
        guard whole < columns.upperBound else { return }
        withSquare { square, floats in
            for i in whole &* Lane.width..<count { square[i &- whole &* Lane.width] = lanes[i] }
            lane_transpose(floats, Lane.width, to + whole &* Lane.width, row &* Lane.width)
        }
    }
}
