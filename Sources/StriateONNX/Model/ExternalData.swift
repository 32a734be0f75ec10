import Foundation
import StriateFormats

/// The elements that a model keeps in files beside it. Nothing outside the model's folder is read.
struct ExternalData {
    /// The model's file, as errors call it.
    let file: String
    /// Where the model lies; nil where it came from memory and can have no files beside it.
    let folder: String?
    private var sources: [String: Source] = [:]

    private struct Source {
        let bytes: FileBytes
        /// How much of the file tensors have claimed: together not more than there is, so that memory is bounded by what lies on disk.
        var claimed = 0
    }

    init(file: String, folder: String?) {
        self.file = file
        self.folder = folder
    }

    mutating func bytes(of tensor: ProtoTensor, count: Int) throws(FormatError) -> [UInt8] {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: tensor.name, reason) }
        var location: String?, offset = 0, length = count
        for entry in tensor.external {
            switch entry.key {
            case "location" where location == nil: location = entry.value
            case "offset":
                guard let number = Int(entry.value), number >= 0 else { throw refused("an offset of \(entry.value.prefix(40)) is not a number") }
                offset = number
            case "length":
                guard let number = Int(entry.value), number >= 0 else { throw refused("a length of \(entry.value.prefix(40)) is not a number") }
                length = number
            default: break
            }
        }
        guard let location else { throw refused("does not say in which file its elements lie") }
        guard length == count else { throw refused("takes \(count) bytes, but says that it has \(length)") }
        let path = try path(of: location, for: tensor.name)
        if sources[path] == nil { sources[path] = Source(bytes: try FileBytes(path)) }
        guard var source = sources[path] else { return [] }
        guard offset <= source.bytes.size, length <= source.bytes.size - offset else {
            throw refused("ends beyond the \(source.bytes.size) bytes of \(location.prefix(80)); the file is truncated")
        }
        source.claimed += length
        guard source.claimed <= source.bytes.size else { throw refused("shares its bytes in \(location.prefix(80)) with other tensors") }
        sources[path] = source
        return try source.bytes.bytes(offset..<offset + length)
    }

    /// The file that a location names, once it is certain that it lies in the model's folder, links followed.
    private func path(of location: String, for tensor: String) throws(FormatError) -> String {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: tensor, reason) }
        guard let folder else { throw refused("lies in another file (\(location.prefix(80)))") }
        let steps = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.isEmpty, !location.contains("\0"), !steps.contains(where: { $0.isEmpty || $0 == ".." }) else {
            throw refused("lies at \"\(location.prefix(80))\", which is not a place in the model's folder")
        }
        let path = "\(folder)/\(location)"
        guard let real = resolved(path), let home = resolved(folder) else {
            throw refused("lies in \(location.prefix(80)), which does not exist beside the model")
        }
        guard real.hasPrefix(home == "/" ? home : home + "/") else {
            throw refused("lies at \"\(location.prefix(80))\", which leads out of the model's folder")
        }
        return real
    }

    private func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
