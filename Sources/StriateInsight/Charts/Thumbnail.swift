package import StriateData
import StriateGraph

extension Picture {
    /// Larger pictures are made smaller than this, so that what shows many of them stays small.
    private static let mostPixels = 112

    /// A small PNG file of the picture; nil for what such files cannot hold: pictures of neither one nor three channels.
    package var thumbnail: [UInt8]? {
        let channels = shape[0], rows = shape[1], columns = shape[2], largest = max(rows, columns)
        guard largest > Picture.mostPixels else { return try? PNG.encode(self) }
        func shrunk(_ extent: Int) -> Int { max(1, extent * Picture.mostPixels / largest) }
        let size = Preprocessing(
            [channels, shrunk(rows), shrunk(columns)], mean: Array(repeating: 0, count: channels),
            standardDeviation: Array(repeating: 1, count: channels))
        return try? PNG.encode(prepared(for: size))
    }
}
