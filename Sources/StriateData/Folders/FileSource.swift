import StriateGraph
import Synchronization

/// Pictures in files or in an archive, decoded when they are asked for.
final class FileSource: PictureSource {
    let classes: [String]
    let labels: [Int32]
    private let files: [TreeFile]
    let decoding: Decoding
    /// Held while a large picture is decoded: several at once would take more memory than one is allowed.
    private let large = Mutex<Void>(())
    /// Pixels from which on a picture is large: 50 MB a copy.
    private static let largePixels = 1 << 24

    init(_ samples: [Sample], classes: [String], decoding: Decoding) {
        files = samples.map(\.file)
        labels = samples.map(\.label)
        self.classes = classes
        self.decoding = decoding
    }

    func origin(of index: Int) -> String? { files[index].name }

    func picture(at index: Int) throws(DataError) -> Picture {
        let file = files[index]
        let bytes = try file.bytes(limit: Picture.mostBytes)
        let size = try Picture.size(of: bytes, file: file.name)
        guard size.count >= FileSource.largePixels else { return try decoding.decode(bytes, file: file.name) }
        return try large.withLock { (_) throws(DataError) in try decoding.decode(bytes, file: file.name) }
    }
}
