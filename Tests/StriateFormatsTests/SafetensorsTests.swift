import Foundation
import StriateFormats
import StriateGraph
import Testing

@Suite struct SafetensorsTests {
    @Test func everyElementTypeOfTheReferenceImplementationIsRead() throws {
        let weights = try Safetensors(contentsOf: fixture("types.safetensors")).weights
        let numbers: [Float] = [0, -0.0, 1, -2.5, 0.1, 65504]
        #expect(weights["f64"]?.values == numbers)
        #expect(weights["f32"] == Tensor([2, 3], numbers))
        #expect(weights["f16"]?.values == [0, -0.0, 1, -2.5, 0.099975586, 65504, 0x1p-24, .infinity])
        #expect(weights["bf16"]?.values == [0, -0.0, 1, -2.5, 0.100097656, 65536])
        #expect(weights["i64"]?.values == [-0x1p40, 0, 7])
        #expect(weights["i32"]?.values == [-0x1p31, 0, 0x1p31])
        #expect(weights["i16"]?.values == [-32768, 0, 32767])
        #expect(weights["i8"]?.values == [-128, 0, 127])
        #expect(weights["u8"]?.values == [0, 128, 255])
        #expect(weights["bool"]?.values == [1, 0, 1])
        #expect(weights["scalar"] == Tensor(3))
        #expect(weights["empty"] == Tensor([0, 4], []))
        #expect(weights.count == 12)
        for path in ["f16", "f32", "f64", "bf16"] { #expect(weights[path]?.values[1].sign == .minus, "\(path) keeps the sign of −0") }
    }

    @Test func textsAreReadWithTheirEscapes() throws {
        let texts = try Safetensors.metadata(of: fixture("types.safetensors"))
        #expect(texts == ["note": "quotes \" and \\, a line\nbreak, ümlaut, 猫, 😀"])
    }

    @Test func memoryAndFileGiveTheSame() throws {
        let path = try fixture("types.safetensors")
        #expect(try Safetensors(bytes: bytes(path), name: path) == Safetensors(contentsOf: path))
    }

    @Test func theReferenceImplementationsBytesAreReproduced() throws {
        let path = try fixture("floats.safetensors")
        let contents = try Safetensors(contentsOf: path)
        #expect(contents.weights["conv.weight"]?.values == (0..<12).map { Float($0) / 7 })
        #expect(contents.encoded == (try bytes(path)))
    }

    @Test func tensorsKeepTheirOrderBitsAndNames() throws {
        var weights = Weights()
        weights["z \"quoted\"\n"] = Tensor([2], [.nan, -.infinity])
        weights["a"] = Tensor(-0.0)
        weights["Ж/猫"] = Tensor([3, 0], [])
        weights["m"] = Tensor([1, 2], [.leastNonzeroMagnitude, .greatestFiniteMagnitude])
        let written = Safetensors(weights, metadata: ["b": "1", "a": "\u{1}\t\\"])
        let read = try Safetensors(bytes: written.encoded, name: "f")
        #expect(read.weights.paths == weights.paths)
        #expect(read.metadata == written.metadata)
        for (path, tensor) in weights {
            #expect(read.weights[path]?.shape == tensor.shape)
            #expect(read.weights[path]?.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
        }
        #expect(read.encoded == written.encoded)
    }

    @Test func dataBeginsAtAMultipleOfEight() {
        for length in 1...17 {
            var weights = Weights()
            weights[String(repeating: "n", count: length)] = Tensor(1)
            #expect((Safetensors(weights).encoded.count - 4) % 8 == 0)
        }
    }

    @Test func aFileOfNoTensorsIsAFile() throws {
        let read = try Safetensors(bytes: Safetensors().encoded, name: "f")
        #expect(read.weights.count == 0 && read.metadata.isEmpty)
    }

    @Test func aTensorMayNotTakeTheNameOfTheMetadata() throws {
        try withFolder { folder in
            var weights = Weights()
            weights["__metadata__"] = Tensor(1)
            #expect(throws: FormatError.self) { try Safetensors(weights).write(to: "\(folder)/f") }
        }
    }

    @Test func largeConversionsGoPiecewise() throws {
        let count = 200_000
        let header = #"{"x":{"dtype":"I16","shape":[\#(count)],"data_offsets":[0,\#(2 * count)]}}"#
        var bytes = file(header)
        for index in 0..<count { bytes += [UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: index >> 8)] }
        let values = try #require(try Safetensors(bytes: bytes, name: "f").weights["x"]?.values)
        #expect(values.indices.allSatisfy { values[$0] == Float(Int16(truncatingIfNeeded: $0)) })
    }
}
