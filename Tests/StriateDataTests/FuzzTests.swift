import StriateData
import StriateGraph
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Every parser meets damaged and hostile files: it must neither trap nor take memory that the file cannot fill, and either reads
/// something consistent or throws its own error, in one line.
@Suite(.serialized) struct FuzzTests {
    private static let rounds = 20_000

    /// Feeds mutated seeds to `parse`, which throws ``DataError`` or returns whether what it read is consistent.
    private func fuzz(
        _ seeds: [[UInt8]], seed: UInt64, fix: (inout [UInt8], inout SeededGenerator) -> Void = { _, _ in },
        _ parse: ([UInt8]) throws(DataError) -> Bool
    ) {
        var generator = SeededGenerator(seed: seed)
        var (good, bad) = (0, 0)
        let before = peakMemory()
        for _ in 0..<Self.rounds {
            var bytes = seeds[generator.below(seeds.count)]
            for _ in 0...generator.below(4) { mutate(&bytes, seeds, &generator) }
            if generator.below(2) == 0 { fix(&bytes, &generator) }
            do throws(DataError) {
                let isConsistent = try parse(bytes)
                #expect(isConsistent)
                good += 1
            } catch {
                #expect(!error.description.contains("\n") && error.message.count > 5)
                bad += 1
            }
        }
        // Mutations that break nothing, or everything, test nothing.
        #expect(bad > Self.rounds / 20 && good > Self.rounds / 100, "\(good) read, \(bad) refused")
        #expect(peakMemory() - before < 400 << 20, "\((peakMemory() - before) >> 20) MiB more at the peak")
    }

    private func mutate(_ bytes: inout [UInt8], _ seeds: [[UInt8]], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        // Headers are where lies pay.
        let place = generator.below(3) == 0 ? generator.below(bytes.count) : generator.below(min(bytes.count, 64))
        switch generator.below(8) {
        case 0, 1: bytes[place] ^= 1 << UInt8(generator.below(8))
        case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][generator.below(5)]
        case 3: bytes.removeLast(generator.below(bytes.count))
        case 4: for index in place..<min(bytes.count, place + 4) { bytes[index] = generator.below(2) == 0 ? 0xFF : UInt8(generator.below(256)) }
        case 5:
            let other = seeds[generator.below(seeds.count)]
            if !other.isEmpty { bytes = Array(bytes[..<place] + other[generator.below(other.count)...]) }
        case 6: bytes.insert(contentsOf: (0...generator.below(40)).map { _ in UInt8(generator.below(256)) }, at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.below(16)))
        }
    }

    /// Bytes that this process has held at most.
    private func peakMemory() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        #if os(Linux)
        return usage.ru_maxrss << 10
        #else
        return usage.ru_maxrss
        #endif
    }

    private static let images = [idx([3, 4, 5], Array(1...60)), idx([6], Array(1...6)), idx([1, 1, 1, 2], [1, 2])]

    private func check(_ contents: IDX.Contents) -> Bool { contents.extents.reduce(1, *) == contents.bytes.count }

    @Test func damagedIDX() {
        fuzz(Self.images, seed: 1) { bytes throws(DataError) in check(try IDX.decode(bytes, file: "x")) }
    }

    @Test func damagedGzipIDX() {
        fuzz(Self.images.map(gzip), seed: 2) { bytes throws(DataError) in check(try IDX.decode(bytes, file: "x")) }
    }

    @Test func wellPackedLies() {
        // The gzip layer is sound, what is in it is not.
        fuzz(Self.images, seed: 3) { bytes throws(DataError) in check(try IDX.decode(gzip(bytes), file: "x")) }
    }

    @Test func damagedCIFAR() {
        fuzz([cifar([1]), cifar([3, 9])], seed: 4) { bytes throws(DataError) in
            let set = try CIFAR.decode([("a", bytes), ("b", cifar([2]))])
            return set.count * 3073 == bytes.count + 3073
        }
    }

    private static let archives = [
        tar([("a/one.bin", [1, 2, 3]), ("a/two.bin", Array(repeating: 7, count: 600))]), tar([("x", [])]), tar([]),
    ]

    @Test func damagedTar() {
        func fix(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
            // A right checksum lets the lie in.
            guard bytes.count >= 512 else { return }
            let sum = bytes[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
            bytes.replaceSubrange(148..<156, with: (String(sum, radix: 8) + "\0 ").utf8.prefix(8) + [])
        }
        fuzz(Self.archives, seed: 5, fix: fix) { bytes throws(DataError) in
            try Tar.files(in: bytes, file: "x") { _ in true }.reduce(0) { $0 + $1.bytes.count } <= bytes.count
        }
    }

    @Test func damagedGzipTar() {
        fuzz(Self.archives.map(gzip), seed: 6) { bytes throws(DataError) in
            try Tar.files(in: bytes, file: "x") { _ in true }.allSatisfy { $0.bytes.count < 1 << 20 }
        }
    }

    @Test func damagedPNG() throws {
        let names = ["grey", "rgb", "grey-alpha", "rgb-alpha", "one-bit", "palette", "grey-16-bit", "interlaced"]
        let seeds = try names.map { try fixture($0 + ".png") }
        func fix(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
            // Checksums made right again let the lies reach the inner parts.
            var chunk = 8
            while chunk + 12 <= bytes.count {
                let length = bytes[chunk..<chunk + 4].reduce(0) { $0 << 8 | Int($1) }
                guard length <= bytes.count - chunk - 12 else { return }
                let end = chunk + 8 + length
                bytes.replaceSubrange(end..<end + 4, with: bigEndian(Int(crc(bytes[chunk + 4..<end]))))
                chunk = end + 4
            }
        }
        fuzz(seeds, seed: 7, fix: fix) { bytes throws(DataError) in
            let picture = try PNG.decode(bytes, file: "x", pixelLimit: 1 << 22)
            return picture.shape.count == picture.pixels.count && [1, 3].contains(picture.shape[0])
        }
    }

    @Test func damagedJPEG() throws {
        let names = ["baseline-420", "progressive", "restart", "grey", "cmyk", "exif-6"]
        let seeds = try names.map { try fixture("picture-\($0).jpg") }
        fuzz(seeds, seed: 8) { bytes throws(DataError) in
            let picture = try Picture.decode(bytes, file: "x", pixelLimit: 1 << 20)
            return picture.shape.count == picture.pixels.count && [1, 3].contains(picture.shape[0])
        }
    }

    @Test func damagedPNMAndBMP() throws {
        let names = ["colour.ppm", "grey.pgm", "bits.pbm", "text.ppm", "text-bits.pbm", "colour.bmp", "grey.bmp", "bits.bmp", "top-down.bmp", "alpha.bmp"]
        let seeds = try names.map { try fixture("picture-" + $0) }
        fuzz(seeds, seed: 9) { bytes throws(DataError) in
            let picture = try Picture.decode(bytes, file: "x", pixelLimit: 1 << 20)
            return picture.shape.count == picture.pixels.count && [1, 3].contains(picture.shape[0])
        }
    }

    private func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}
