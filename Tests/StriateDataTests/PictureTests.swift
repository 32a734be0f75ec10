import Foundation
import StriateData
import StriateGraph
import Testing

/// What Pillow makes of the fixtures `picture-*`, by name (`make_pictures.py`).
private let expected: [(name: String, picture: Picture)] = {
    guard let bytes = try? fixture("pictures.bin"), let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil),
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    var position = 0
    return names.filter { $0.hasPrefix("picture-") }.sorted().map { name in
        let extents = (0..<3).map { Int(bytes[position + 2 * $0]) << 8 | Int(bytes[position + 2 * $0 + 1]) }
        let shape = Shape(extents)
        defer { position += 6 + shape.count }
        return (name, Picture(shape: shape, pixels: Array(bytes[(position + 6)..<(position + 6 + shape.count)])))
    }
}()

private func meanDifference(_ a: Picture, _ b: Picture) -> Double {
    Double(zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(max(1, a.pixels.count))
}

@Suite struct PictureTests {
    @Test func everyKindDecodesToPillowsPixels() throws {
        #expect(expected.count == 29)
        for (name, wanted) in expected {
            let picture = try Picture.decode(fixture(name), file: name)
            #expect(picture.shape == wanted.shape, "\(name)")
            guard picture.shape == wanted.shape else { continue }
            let largest = zip(picture.pixels, wanted.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            // Versions of libjpeg differ by a level here and there.
            #expect(largest <= (name.hasSuffix(".jpg") ? 2 : 0), "\(name) differs by \(largest)")
        }
    }

    @Test func aPictureIsToldByItsContent() throws {
        try withFolder { folder in
            try save(fixture("picture-grey.jpg"), to: folder + "/a.png")
            #expect(try Picture.read(contentsOf: folder + "/a.png").shape == [1, 29, 43])
            #expect(try Picture.decode(fixture("rgb.png"), file: "x.jpg") == PNG.decode(fixture("rgb.png"), file: "x"))
            #expect(complaint { () throws(DataError) in try Picture.decode(Array("text".utf8), file: "x.jpg") }.contains("is no picture that can be read (JPEG, PNG, PNM, BMP)"))
            #expect(complaint { () throws(DataError) in try Picture.decode([], file: "x.jpg") } == "x.jpg: is empty")
        }
    }

    @Test func smallerIsFasterAndStillTheSamePicture() throws {
        let file = try fixture("picture-exif-6.jpg")
        let whole = try JPEG.decode(file, file: "x")
        #expect(whole.shape == [3, 21, 13])
        #expect(try JPEG.decode(file, file: "x", least: Extent(11, 7)).shape == [3, 11, 7])
        #expect(try JPEG.decode(file, file: "x", least: Extent(12, 7)) == whole)
        #expect(try JPEG.decode(file, file: "x", least: Extent(1, 1)).shape == [3, 3, 2])
        let large = try JPEG.decode(fixture("picture-baseline-444.jpg"), file: "x")
        let half = try JPEG.decode(fixture("picture-baseline-444.jpg"), file: "x", least: Extent(15, 22))
        let fit = Preprocessing([3, 15, 22], mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        // Two ways to halve: half a pixel's shift and sharper edges, but the waves are 80 levels high.
        let difference = meanDifference(half, try large.prepared(for: fit))
        #expect(difference < 12, "\(difference)")
    }

    @Test func aFileThatIsCutOffIsRefusedAsPillowDoes() throws {
        for name in ["picture-baseline-420.jpg", "picture-progressive.jpg", "picture-restart.jpg", "picture-cmyk.jpg"] {
            let file = try fixture(name)
            for length in [file.count - 2, file.count * 9 / 10, file.count * 2 / 3] {
                let message = complaint { () throws(DataError) in try Picture.decode(Array(file[..<length]), file: "x") }
                #expect(message.contains("cut off"), "\(name), \(length) of \(file.count): \(message)")
            }
            for length in 0..<(file.count / 2) {
                #expect(!complaint { () throws(DataError) in try Picture.decode(Array(file[..<length]), file: "x") }.isEmpty)
            }
        }
        for (name, _) in expected where !name.hasSuffix(".jpg") {
            let file = try fixture(name)
            let length = file.count * 3 / 4
            let message = complaint { () throws(DataError) in try Picture.decode(Array(file[..<length]), file: "x") }
            #expect(!message.isEmpty, "\(name)")
        }
    }

    @Test func bytesBetweenSegmentsDoNoHarm() throws {
        let file = try fixture("picture-grey.jpg")
        // Fill bytes, and a comment with the signature of EXIF but nothing in it.
        let exif: [UInt8] = [0xFF, 0xFF, 0xFF, 0xE1, 0, 8] + Array("Exif\0\0".utf8)
        #expect(try Picture.decode(Array(file[..<2]) + exif + Array(file[2...]), file: "x") == Picture.decode(file, file: "x"))
    }

    @Test func claimsAreCheckedBeforeMemoryIsTaken() throws {
        func decode(_ bytes: [UInt8], limit: Int = Picture.defaultPixelLimit) -> String {
            complaint { () throws(DataError) in try Picture.decode(bytes, file: "x", pixelLimit: limit) }
        }
        var jpeg = try fixture("picture-grey.jpg")
        let frame = try #require((0..<jpeg.count - 1).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        #expect(decode(jpeg, limit: 29 * 43 - 1).contains("at most 1246 are read"))
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x40, 0, 0x3F, 0])
        #expect(decode(jpeg).contains("far too short"))
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(decode(jpeg).contains("at most 268435456 are read"))
        #expect(decode(Array("P6 30000 30000 255\n".utf8)).contains("at most"))
        #expect(decode(Array("P5 9000 9000 255\n...".utf8)).contains("far too short"))
        #expect(decode(Array("P5 0 9 255\n...".utf8)).contains("empty picture"))
        #expect(decode(Array("P2 1 1 7\n8".utf8)).contains("above its greatest"))
        var bmp = try fixture("picture-colour.bmp")
        bmp.replaceSubrange(18..<26, with: [0, 0x20, 0, 0, 0, 0x20, 0, 0])
        #expect(decode(bmp).contains("far too short"))
        bmp[30] = 1
        #expect(decode(bmp).contains("compressed"))
    }

    @Test(.enabled(if: realData != nil, "needs STRIATE_DATA"))
    func photographsOfEveryKindDecode() throws {
        let files = try Picture.files(below: try #require(realData) + "/photos")
        #expect(files.count == 29)
        for file in files { #expect(try Picture.read(contentsOf: file).shape.count > 10000, "\(file)") }
        // One photograph, stored in four orientations.
        let dogs = try files.filter { $0.contains("dog-exif") }.map { try Picture.read(contentsOf: $0) }
        #expect(dogs.count == 4 && dogs.allSatisfy { $0.shape == [3, 200, 300] && meanDifference($0, dogs[0]) < 3 })
    }
}
