import Foundation
import StriateFormats
import StriateGraph
import Testing

@Suite struct PyTorchFuzzTests {
    private static let names = ["types", "ordered", "protocol5", "views", "nested", "legacy", "legacy_views", "script", "malicious"]

    /// Mutates sound files; each must be read or refused in one line, with little memory and in little time.
    @Test(.timeLimit(.minutes(3))) func twentyThousandDamagedCheckpointsAreReadOrRefused() throws {
        let sound = try Self.names.map { try bytes(fixture("pytorch/\($0).pth")) }
        var generator = SeededGenerator(seed: 1, path: "pytorch")
        var read = 0, refused = 0
        let memory = peakMemory()
        for _ in 0..<20_000 {
            var mutant = sound[generator.below(sound.count)]
            for _ in 0...generator.below(3) { mutate(&mutant, sound, &generator) }
            if check(mutant) { read += 1 } else { refused += 1 }
        }
        // Neither all sound nor all refused: the mutations reach beyond the first check.
        #expect(read > 1000 && refused > 5000, "\(read) read, \(refused) refused")
        #expect(peakMemory() - memory < 256 << 20)
    }

    @Test func aFileCutAnywhereIsRefused() throws {
        for name in ["ordered", "protocol5"] {
            let whole = try bytes(fixture("pytorch/\(name).pth"))
            for length in whole.indices { #expect(!check(Array(whole[..<length])), "\(name) of \(length) bytes") }
        }
        let legacy = try bytes(fixture("pytorch/legacy.pth"))
        for length in legacy.indices { #expect(!check(Array(legacy[..<length])), "legacy of \(length) bytes") }
    }

    /// Whether the bytes are read; what they are refused with must be one short line.
    private func check(_ bytes: [UInt8]) -> Bool {
        do throws(FormatError) {
            let weights = try WeightsFile.read(bytes: bytes, name: "f")
            #expect(weights.elementCount <= bytes.count)
            return true
        } catch {
            let message = error.description
            if message.contains("\n") || message.count > 1000 || !message.hasPrefix("f: ") { Issue.record("unclear: \(message)") }
            return false
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ sound: [[UInt8]], _ generator: inout SeededGenerator) {
        guard bytes.count > 64 else { return }
        // Most of what can go wrong stands in the pickle, at the beginning, and in the directory, at the end.
        let edge = min(bytes.count, 700)
        let place = switch generator.below(3) {
        case 0: generator.below(edge)
        case 1: bytes.count - 1 - generator.below(edge)
        default: generator.below(bytes.count)
        }
        switch generator.below(9) {
        case 0: bytes[place] ^= 1 << UInt8(generator.below(8))
        case 1: bytes[place] = UInt8(generator.below(256))
        case 2: bytes.removeLast(generator.below(bytes.count / 2))
        case 3: for index in place..<min(bytes.count, place + 1 + generator.below(8)) { bytes[index] = [0, 0x7F, 0x80, 0xFF][generator.below(4)] }
        case 4: bytes.insert(contentsOf: (0...generator.below(20)).map { _ in UInt8(generator.below(256)) }, at: place)
        case 5: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.below(16)))
        case 6:
            // Another instruction where one may stand.
            let codes = Array("().0 12NJKMGXcRbQhjqrdlaseut]}.".utf8) + [0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x8A, 0x8B, 0x8D, 0x93, 0x94, 0x95]
            bytes[place] = codes[generator.below(codes.count)]
        case 7:
            // A part once more, in another place.
            let from = generator.below(bytes.count), length = min(bytes.count - from, 1 + generator.below(60))
            bytes.replaceSubrange(place..<min(bytes.count, place + length), with: Array(bytes[from..<from + length]))
        default:
            let other = sound[generator.below(sound.count)]
            bytes = Array(bytes[..<place] + other[generator.below(other.count)...])
        }
    }
}
