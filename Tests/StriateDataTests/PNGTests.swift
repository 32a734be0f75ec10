import Foundation
import StriateData
import StriateGraph
import Testing

@Suite struct PNGTests {
    @Test(arguments: ["grey", "rgb", "grey-alpha", "rgb-alpha", "one-bit", "palette", "grey-16-bit", "interlaced"])
    func everyKindDecodes(_ name: String) throws {
        let picture = try PNG.decode(fixture(name + ".png"), file: name)
        let expected = try fixture(name + ".raw")
        #expect(picture.shape == [expected.count / (12 * 17), 12, 17])
        #expect(picture.pixels == expected)
    }

    @Test func theBackgroundShowsThroughTransparency() throws {
        let file = try fixture("rgb-alpha.png")
        let (white, black) = (try PNG.decode(file, file: "x"), try PNG.decode(file, file: "x", background: .black))
        #expect(zip(white.pixels, black.pixels).allSatisfy { $0 >= $1 })
        #expect(white != black)
    }

    @Test func whatIsEncodedDecodesToTheSame() throws {
        for shape: Shape in [[1, 1, 1], [1, 28, 28], [3, 5, 300], [3, 300, 1]] {
            var generator = SeededGenerator(seed: 1)
            let picture = Picture(shape: shape, pixels: (0..<shape.count).map { _ in UInt8(generator.below(256)) })
            #expect(try PNG.decode(PNG.encode(picture), file: "x") == picture)
        }
    }

    @Test func whatPNGCannotHoldIsAnError() {
        #expect(complaint { () throws(DataError) in try PNG.encode(Picture(shape: [2, 1, 1], pixels: [0, 0])) }.contains("1 or 3 channels"))
        #expect(complaint { () throws(DataError) in try PNG.encode(Picture(shape: [1, 0, 1], pixels: [])) }.contains("1 to 1000000"))
    }

    @Test func damagedFilesEndInOneClearLine() throws {
        let file = try fixture("rgb.png")
        func decode(_ bytes: [UInt8], limit: Int = Picture.defaultPixelLimit) -> String {
            complaint { () throws(DataError) in try PNG.decode(bytes, file: "x.png", pixelLimit: limit) }
        }
        #expect(decode([]) == "x.png: is not a PNG picture")
        #expect(decode(Array("JFIF, perhaps".utf8)) == "x.png: is not a PNG picture")
        #expect(decode(Array(file[..<20])).contains("ends inside its PNG header"))
        #expect(decode(Array(file[..<(file.count / 2)])).contains("damaged"))
        #expect(decode(file, limit: 203).contains("at most 203"))
        var huge = file
        huge.replaceSubrange(16..<24, with: [0, 0, 64, 0, 0, 0, 63, 0])
        #expect(decode(huge).contains("far too short"))
        huge.replaceSubrange(16..<24, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(decode(huge).contains("at most 268435456 are read"))
        huge.replaceSubrange(16..<24, with: [0, 0, 0, 0, 0, 0, 0, 9])
        #expect(decode(huge).contains("empty picture"))
    }

    @Test(.enabled(if: realData != nil, "needs STRIATE_DATA"))
    func photographsOfEveryKindDecode() throws {
        let folder = try #require(realData) + "/photos/"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.sorted()
        #expect(names.count >= 7)
        for name in names { #expect(try PNG.read(contentsOf: folder + name).shape.count > 10000, "\(name)") }
        // The same photograph, interlaced and smaller, and as it was.
        #expect(try PNG.read(contentsOf: folder + "chelsea.png").shape == [3, 300, 451])
    }
}
