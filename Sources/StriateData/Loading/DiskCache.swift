import CZlib
import Dispatch
import Foundation
import StriateGraph
import Synchronization

/// Decoded pictures in a file, which later runs find again.
///
/// The file is written whole or not at all, for one set of files and one way of decoding them: its key. Every picture has a checksum; one that
/// does not hold is decoded again, so that no damage to the file can reach a network.
final class DiskCache<Source: PictureSource>: PictureSource {
    private let source: Source
    private let file: OpenFile
    private let entries: [Entry]

    /// Where a picture lies in the file; of no bytes where it cannot be read.
    private struct Entry {
        var offset = 0
        var shape: Shape = [0, 0, 0]
        var checksum = 0

        static var size: Int { 5 * MemoryLayout<UInt64>.size }
        var numbers: [UInt64] { ([offset] + shape.extents + [checksum]).map { UInt64($0) } }

        init() {}

        init(_ numbers: ArraySlice<UInt64>) {
            let numbers = numbers.map { Int(truncatingIfNeeded: $0) }
            let extents = Array(numbers[1..<4])
            // A damaged table must not ask for more than any picture has.
            guard extents.allSatisfy({ $0 >= 0 }), let size = Shape.checkedCount(extents), size <= 3 * Picture.defaultPixelLimit else { return }
            (offset, shape, checksum) = (numbers[0], Shape(extents), numbers[4])
        }
    }

    private static var magic: String { "Striate's decoded pictures, version 1\n" }
    private static var unfinished: String { ".unfinished-" }

    /// Opens the file of this key, or makes it: every picture is then decoded once.
    ///
    /// - Parameters:
    ///   - name: What the file is called: other pictures of the same name and another key are replaced.
    ///   - key: What the pictures follow from.
    /// - Throws: ``DataError`` where there is no folder that can be written to, or the disk is full.
    init(_ source: Source, name: String, key: String, folder: String) throws(DataError) {
        self.source = source
        let path = folder + "/" + name
        if let (found, entries) = Self.open(path, key: key, count: source.count) {
            (file, self.entries) = (found, entries)
            return
        }
        try Self.write(source, to: path, in: folder, key: key)
        guard let (made, entries) = Self.open(path, key: key, count: source.count) else {
            throw DataError(path, "cannot be read back; choose --cache ram or none")
        }
        (file, self.entries) = (made, entries)
    }

    var classes: [String] { source.classes }
    var labels: [Int32] { source.labels }

    func origin(of index: Int) -> String? { source.origin(of: index) }

    func picture(at index: Int) throws(DataError) -> Picture {
        let entry = entries[index]
        guard entry.shape.count > 0, let pixels = try? file.read(entry.shape.count, at: entry.offset), pixels.count == entry.shape.count,
            checksum(of: pixels) == entry.checksum
        else { return try source.picture(at: index) }
        return Picture(shape: entry.shape, pixels: pixels)
    }

    // MARK: - The file: magic, key, a zero, entries, pictures

    private static func header(_ key: String) -> [UInt8] { Array((magic + key + "\0").utf8) }

    private static func open(_ path: String, key: String, count: Int) -> (OpenFile, [Entry])? {
        let header = header(key), size = count * Entry.size
        guard let file = try? OpenFile(path), (try? file.read(header.count, at: 0)) == header,
            let table = try? file.read(size, at: header.count), table.count == size
        else { return nil }
        let numbers = table.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
        }
        return (file, (0..<count).map { Entry(numbers[5 * $0..<5 * $0 + 5]) })
    }

    /// Decodes all pictures, some at a time on all processors.
    private static func write(_ source: Source, to path: String, in folder: String, key: String) throws(DataError) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        removeLeftovers(in: folder)
        let temporary = folder + "/" + unfinished + String(UInt64.random(in: 0 ... .max), radix: 36)
        let descriptor = Foundation.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        func failure(_ what: String) -> DataError {
            let code = errno
            unlink(temporary)
            return DataError(path, "\(what): \(systemMessage(code)); choose --cache ram or none")
        }
        guard descriptor >= 0 else { throw failure("decoded pictures cannot be kept there") }
        defer { close(descriptor) }
        let header = header(key)
        var entries = [Entry](), end = header.count + source.count * Entry.size
        let step = 64
        for first in stride(from: 0, to: source.count, by: step) {
            let part = first..<min(first + step, source.count)
            let decoded = Mutex<[Int: Picture]>([:])
            DispatchQueue.concurrentPerform(iterations: part.count) { index in
                guard let picture = try? source.picture(at: first + index) else { return }
                decoded.withLock { $0[first + index] = picture }
            }
            let pictures = decoded.withLock { $0 }
            for index in part {
                var entry = Entry()
                if let picture = pictures[index] {
                    (entry.offset, entry.shape, entry.checksum) = (end, picture.shape, checksum(of: picture.pixels))
                    guard store(picture.pixels, descriptor, at: end) else { throw failure("decoded pictures cannot be kept there") }
                    end += picture.pixels.count
                }
                entries.append(entry)
            }
        }
        let table = entries.flatMap(\.numbers).flatMap { number in withUnsafeBytes(of: number.littleEndian, Array.init) }
        guard store(header + table, descriptor, at: 0), fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw failure("decoded pictures cannot be kept there")
        }
    }

    /// What processes that were killed have left; one that is at work has touched its file today.
    private static func removeLeftovers(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(unfinished) {
            var status = stat()
            let path = folder + "/" + name
            if stat(path, &status) == 0, time(nil) - Int(status.modifiedSeconds) > 86_400 { unlink(path) }
        }
    }
}

private func store(_ bytes: [UInt8], _ descriptor: Int32, at offset: Int) -> Bool {
    bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
            let written = pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            done += written
        }
        return true
    }
}

private func checksum(of bytes: [UInt8]) -> Int { Int(crc32_z(0, bytes, bytes.count)) }

extension stat {
    var modifiedSeconds: Int {
        #if canImport(Darwin)
        st_mtimespec.tv_sec
        #else
        st_mtim.tv_sec
        #endif
    }

    /// Nanoseconds since 1970.
    var modified: Int {
        #if canImport(Darwin)
        st_mtimespec.tv_sec &* 1_000_000_000 &+ st_mtimespec.tv_nsec
        #else
        st_mtim.tv_sec &* 1_000_000_000 &+ st_mtim.tv_nsec
        #endif
    }
}
