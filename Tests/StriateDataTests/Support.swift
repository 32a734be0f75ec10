import CZlib
import Foundation
import StriateData
import Testing

/// A file of the folder `Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/" + name, withExtension: nil), "no fixture \(name)")
    return [UInt8](try Data(contentsOf: url))
}

/// Runs `body` with a folder of its own, and removes it.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.path + "/striate-data-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

func save(_ bytes: [UInt8], to path: String) throws {
    try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// What `body` complained of, or "" where it did not.
func complaint<T>(_ body: () throws(DataError) -> T) -> String {
    do throws(DataError) {
        _ = try body()
        return ""
    } catch {
        return error.description
    }
}

func bigEndian(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

/// An IDX file of bytes.
func idx(_ extents: [Int], _ bytes: [UInt8]) -> [UInt8] { [0, 0, 8, UInt8(extents.count)] + extents.flatMap(bigEndian) + bytes }

/// A gzip file.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(bytes.count))) + 32) { buffer, count in
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(buffer.count)
            deflate(&stream, Z_FINISH)
        }
        count = buffer.count - Int(stream.avail_out)
    }
}

/// A ustar archive.
func tar(_ files: [(path: String, bytes: [UInt8])]) -> [UInt8] {
    var archive = [UInt8]()
    for file in files {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8)) }
        func octal(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(file.path, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(file.bytes.count, 11), at: 124)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0", at: 148)
        archive += header + file.bytes + [UInt8](repeating: 0, count: (512 - file.bytes.count % 512) % 512)
    }
    return archive + [UInt8](repeating: 0, count: 1024)
}

/// CIFAR records with these labels; the pixels of record n are all n.
func cifar(_ labels: [UInt8]) -> [UInt8] {
    labels.enumerated().flatMap { [$1] + [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 3072) }
}

/// The folder of the real data sets, or nil.
let realData = ProcessInfo.processInfo.environment["STRIATE_DATA"].flatMap { $0.isEmpty ? nil : $0 }
