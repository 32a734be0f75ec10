import StriateLanes

/// Cuts equal pieces of work (elements, channels) into parts of some ten microseconds: enough of them to share, each worth the
/// handing over.
struct Parts {
    let pieces: Int
    let piecesInPart: Int

    /// Lanes that a core reads and writes in about such a time.
    private static let lanes = 2048

    /// - Parameter lanesEach: How many lanes a piece passes over.
    init(_ pieces: Int, lanesEach: Int = 1) {
        self.pieces = pieces
        piecesInPart = max(1, Parts.lanes / max(1, lanesEach))
    }

    /// Of so many single floats.
    init(floats: Int) {
        pieces = floats
        piecesInPart = Parts.lanes * Lane.width
    }

    var count: Int { (pieces + piecesInPart - 1) / piecesInPart }

    /// The pieces of a part.
    subscript(part: Int) -> Range<Int> {
        part &* piecesInPart..<min(pieces, (part &+ 1) &* piecesInPart)
    }
}
