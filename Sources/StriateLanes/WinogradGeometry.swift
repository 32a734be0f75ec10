import CLane

extension Winograd {
    /// Pictures' extents, and the zeros above and to the left of the input.
    public struct Geometry: Hashable, Sendable {
        public var channels: Int
        public var outputs: Int
        public var inputRows: Int
        public var inputColumns: Int
        public var outputRows: Int
        public var outputColumns: Int
        public var top: Int
        public var left: Int

        public init(
            channels: Int, outputs: Int, inputRows: Int, inputColumns: Int, outputRows: Int, outputColumns: Int, top: Int, left: Int
        ) {
            self.channels = channels
            self.outputs = outputs
            self.inputRows = inputRows
            self.inputColumns = inputColumns
            self.outputRows = outputRows
            self.outputColumns = outputColumns
            self.top = top
            self.left = left
        }

        var tileColumns: Int { (outputColumns + WinogradTransform.results - 1) / WinogradTransform.results }
        var tileRows: Int { (outputRows + WinogradTransform.results - 1) / WinogradTransform.results }
        var tiles: Int { tileRows * tileColumns }
    }
}

extension Winograd.Geometry {
    /// `Bᵀ d B` of the tile at this row and column of tiles.
    ///
    /// - Parameter temporary: 72 lanes.
    @inline(__always)
    func transformInput(
        _ picture: LanePointer, row: Int, column: Int, into positions: MutableLanePointer, step: Int, temporary: MutableLanePointer
    ) {
        let top = row &* WinogradTransform.results &- self.top, left = column &* WinogradTransform.results &- self.left
        if top >= 0, left >= 0, top &+ 6 <= inputRows, left &+ 6 <= inputColumns {
            // The next channel's tile comes from far.
            let next = picture + (inputRows &* inputColumns &+ top &* inputColumns &+ left)
            for y in 0..<6 { for x in 2..<6 { lane_prefetch(next + (y &* inputColumns &+ x)) } }
            WinogradTransform.input(
                picture + (top &* inputColumns &+ left), rowStep: inputColumns, into: positions, step: step, temporary: temporary)
        } else {
            copyEdge(picture, top: top, left: left, into: temporary + 36)
            WinogradTransform.input(temporary + 36, rowStep: 6, into: positions, step: step, temporary: temporary)
        }
    }

    /// The inputs of a tile that reaches over the picture's edge, with zeros there.
    @inline(__always)
    private func copyEdge(_ picture: LanePointer, top: Int, left: Int, into tile: MutableLanePointer) {
        for row in 0..<6 {
            let isInside = top &+ row >= 0 && top &+ row < inputRows
            for column in 0..<6 {
                let x = left &+ column
                tile[6 &* row &+ column] = isInside && x >= 0 && x < inputColumns ? picture[(top &+ row) &* inputColumns &+ x] : .zero
            }
        }
    }
}
