import Foundation
import StriateData
import StriateGraph
import Testing

/// What Pillow makes of the shared photographs (`make_photographs.py`).
private struct Photograph: Sendable, CustomTestStringConvertible {
    let name: String
    let shape: [Int]
    /// Of all pixels, channel by channel.
    let checksum: String
    /// A hundred pixels spread evenly, channel by channel.
    let samples: [UInt8]

    var testDescription: String { name }

    static let all: [Photograph] = {
        guard let bytes = try? fixture("photographs.txt") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            let digits = Array(words[5])
            let samples = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
            return Photograph(name: words[0], shape: words[1...3].map { Int($0) ?? 0 }, checksum: words[4], samples: samples)
        }
    }()
}

@Suite(.enabled(if: realData != nil, "needs STRIATE_DATA")) struct PhotographTests {
    @Test func thereAreTwentyNine() { #expect(Photograph.all.count == 29) }

    @Test(arguments: Photograph.all) fileprivate func photographsDecodeToPillowsPixels(_ photograph: Photograph) throws {
        let picture = try Picture.read(contentsOf: try #require(realData) + "/photos/" + photograph.name)
        #expect(picture.shape.extents == photograph.shape)
        let area = picture.shape[1] * picture.shape[2]
        let samples = (0..<picture.shape[0]).flatMap { channel in
            (0..<100).map { picture.pixels[channel * area + $0 * area / 100 + area / 200] }
        }
        let difference = zip(samples, photograph.samples).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(samples.count)
        #expect(difference <= (photograph.name.hasSuffix(".jpg") ? 2 : 0), "\(difference) levels")
        // Exactly for PNG; versions of libjpeg may differ by a level here and there.
        if photograph.name.hasSuffix(".png") { #expect(Checksum.sha256(of: picture.pixels) == photograph.checksum) }
    }
}
