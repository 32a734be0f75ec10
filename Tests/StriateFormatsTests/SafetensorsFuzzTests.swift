import Foundation
import StriateFormats
import StriateGraph
import Testing

@Suite struct SafetensorsFuzzTests {
    /// Mutates sound files; each must be read or refused in one line, with little memory and in little time.
    @Test(.timeLimit(.minutes(2))) func twentyThousandDamagedFilesAreReadOrRefused() throws {
        let sound = [
            try bytes(fixture("types.safetensors")), try bytes(fixture("floats.safetensors")), ModelFileTests.model.encodedForTests,
        ]
        var generator = SeededGenerator(seed: 1, path: "safetensors")
        var read = 0, refused = 0
        let memory = peakMemory()
        for _ in 0..<20_000 {
            var mutant = sound[generator.below(sound.count)]
            for _ in 0...generator.below(3) { mutate(&mutant, &generator) }
            do throws(FormatError) {
                let contents = try Safetensors(bytes: mutant, name: "f")
                read += 1
                #expect(contents.weights.elementCount <= mutant.count)
                do throws(FormatError) { _ = try ModelFile(contents, file: "f") } catch { check(error) }
            } catch {
                refused += 1
                check(error)
            }
        }
        // Neither all sound nor all refused: the mutations reach beyond the first check.
        #expect(read > 500 && refused > 5000, "\(read) read, \(refused) refused")
        #expect(peakMemory() - memory < 256 << 20)
    }

    private func check(_ error: FormatError) {
        let message = error.description
        if message.contains("\n") || message.count > 1000 || !message.hasPrefix("f: ") { Issue.record("unclear: \(message)") }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard bytes.count > 16 else { return }
        let header = min(bytes.count - 8, Int(bytes[0]) | Int(bytes[1]) << 8)
        /// A place in the header, where most of what can go wrong stands.
        func place() -> Int { 8 + generator.below(max(1, header)) }
        func resized() { (bytes[0], bytes[1]) = (UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8)) }
        func splice(_ range: Range<Int>, _ text: String) {
            let length = header + text.utf8.count - range.count
            bytes.replaceSubrange(range, with: Array(text.utf8))
            (bytes[0], bytes[1]) = (UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8))
        }
        switch generator.below(12) {
        case 0: bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8))
        case 1: bytes[place()] = UInt8(generator.below(256))
        case 2: bytes.removeLast(generator.below(bytes.count / 2))
        case 3: bytes[generator.below(8)] = UInt8(generator.below(256))
        case 4: bytes += [UInt8](repeating: 0, count: 1 + generator.below(100))
        case 5:
            // Another number for one that stands there.
            guard let first = bytes[place()...].firstIndex(where: { (48..<58).contains($0) }), first < 8 + header else { return }
            let end = bytes[first...].firstIndex { !(48..<58).contains($0) } ?? bytes.count
            let numbers = ["0", "1", "1099511627776", "9223372036854775807", "18446744073709551616", "-1", "4294967296", "1e9", "NaN"]
            splice(first..<end, numbers[generator.below(numbers.count)])
        case 6:
            let types = ["F32", "F64", "BF16", "U8", "F8_E5M2", "I64"]
            guard let quote = bytes[place()...].firstIndex(of: UInt8(ascii: "F")), quote + 3 < bytes.count else { return }
            splice(quote..<quote + 3, types[generator.below(types.count)])
        case 7: splice(place()..<8 + header, String(repeating: generator.below(2) == 0 ? "[" : "{\"a\":", count: 1000))
        case 8:
            // A part of the header once more: keys that stand twice.
            let a = place(), b = place()
            splice(max(a, b)..<max(a, b), String(decoding: bytes[min(a, b)..<max(a, b)], as: UTF8.self))
        case 9:
            let a = place(), b = place()
            bytes.swapAt(a, b)
        case 10: splice(place()..<8 + header, "")
        default:
            let texts = ["\"", "\\u", "\\ud83d", "\u{0}", "{", "}", ",", ":", "__metadata__", "null", "\u{1F600}"]
            let at = place()
            splice(at..<at, texts[generator.below(texts.count)])
        }
        if generator.below(50) == 0 { resized() }
    }
}
