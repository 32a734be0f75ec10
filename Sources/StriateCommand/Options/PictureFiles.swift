import Foundation
import Striate

/// The pictures that an argument stands for: a file, all below a folder in the natural order of their paths, or standard input.
struct PictureFiles: Sequence {
    private let files: [Result<PictureFile, WorkError>]

    init(_ argument: String) {
        var isFolder: ObjCBool = false
        guard argument != "-", FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue else {
            files = [.success(PictureFile(name: argument))]
            return
        }
        do {
            let names = try Picture.files(below: argument)
            files = names.isEmpty
                ? [.failure(WorkError("\(argument): the folder holds no pictures"))] : names.map { .success(PictureFile(name: $0)) }
        } catch {
            files = [.failure(WorkError("\(error)"))]
        }
    }

    func makeIterator() -> IndexingIterator<[Result<PictureFile, WorkError>]> { files.makeIterator() }
}

/// One picture, not read yet.
struct PictureFile {
    /// Its path, or `-` for standard input.
    let name: String

    /// More than any picture within the decoder's limit of pixels needs.
    private static let mostBytes = 1 << 30

    /// The picture as a network with this preprocessing sees it.
    func read(for preprocessing: Preprocessing) throws -> Picture {
        guard name == "-" else { return try Picture.read(contentsOf: name, for: preprocessing) }
        var bytes = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw WorkError("standard input: \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes += chunk[..<count]
            guard bytes.count <= PictureFile.mostBytes else { throw WorkError("standard input: no picture is as large as this") }
        }
        return try Picture.decode(bytes, file: "standard input", for: preprocessing)
    }
}
