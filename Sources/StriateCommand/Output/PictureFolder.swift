import Foundation
import Striate

/// A folder that pictures are written into, each under a name of its own.
struct PictureFolder {
    let path: String

    /// Makes the folder where it is missing.
    init(_ path: String) throws {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw WorkError("\(path): the folder cannot be made: \(error.localizedDescription)")
        }
        self.path = path
    }

    /// Writes a picture and returns the file's path.
    ///
    /// - Parameter name: What it shows; characters that names of files should not have are replaced.
    func write(_ picture: Picture, as name: String) throws -> String {
        let file = "\(path)/\(PictureFolder.plain(name)).png"
        try AtomicFile.write(PNG.encode(picture), to: file)
        return file
    }

    /// Writes a page and returns the file's path.
    func write(_ page: LookingPage, as name: String) throws -> String {
        let file = "\(path)/\(name).svg"
        try AtomicFile.write(page.svg(), to: file)
        return file
    }

    /// Layers of imported graphs are called `/features/0/Conv_output_0` and the like.
    private static func plain(_ name: String) -> String {
        String(name.unicodeScalars.prefix(100).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar))
            return isPlain ? Character(scalar) : "_"
        })
    }
}
