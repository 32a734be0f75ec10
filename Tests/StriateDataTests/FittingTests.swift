import Foundation
import StriateData
import StriateGraph
import Testing

@Suite struct FittingTests {
    private func preprocessing(_ shape: Shape, _ fit: Preprocessing.Fit = .resize) -> Preprocessing {
        Preprocessing(shape, fit: fit, mean: Array(repeating: 0, count: shape[0]), standardDeviation: Array(repeating: 1, count: shape[0]))
    }

    @Test func resizingEqualsPillowBitForBit() throws {
        let bytes = try fixture("resize.bin")
        var position = 0
        var cases = 0
        while position < bytes.count {
            let extents = (0..<4).map { Int(bytes[position + 2 * $0]) << 8 | Int(bytes[position + 2 * $0 + 1]) }
            position += 8
            let source = Picture(
                shape: [1, extents[0], extents[1]], pixels: Array(bytes[position..<position + extents[0] * extents[1]]))
            position += source.pixels.count
            let expected = Array(bytes[position..<position + extents[2] * extents[3]])
            position += expected.count
            let result = try source.prepared(for: preprocessing([1, extents[2], extents[3]]))
            #expect(result.shape == [1, extents[2], extents[3]])
            #expect(result.pixels == expected, "\(extents)")
            cases += 1
        }
        #expect(cases == 13)
    }

    @Test func croppingEqualsTorchvisionBitForBit() throws {
        let bytes = try fixture("crop.bin")
        var position = 0
        var cases = 0
        while position < bytes.count {
            let extents = (0..<5).map { Int(bytes[position + 2 * $0]) << 8 | Int(bytes[position + 2 * $0 + 1]) }
            position += 10
            let source = Picture(
                shape: [1, extents[0], extents[1]], pixels: Array(bytes[position..<position + extents[0] * extents[1]]))
            position += source.pixels.count
            let expected = Array(bytes[position..<position + extents[3] * extents[4]])
            position += expected.count
            let result = try source.prepared(for: preprocessing([1, extents[3], extents[4]], .crop(of: extents[2])))
            #expect(result.shape == [1, extents[3], extents[4]])
            #expect(result.pixels == expected, "\(extents)")
            cases += 1
        }
        #expect(cases == 11)
    }

    /// Widths and heights around the sixteen bytes and eight by eight squares that are computed together.
    @Test func partsOfSixteenRowsAndColumnsAreLikeWholeOnes() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<60 {
            let (rows, columns, size) = (1 + generator.below(50), 1 + generator.below(50), 1 + generator.below(50))
            let picture = Picture(shape: [1, rows, columns], pixels: (0..<rows * columns).map { _ in UInt8(generator.below(256)) })
            for filter in ResizeFilter.allCases {
                let resized = try picture.resized(to: Extent(rows, size), filter)
                for row in [0, rows / 2, rows - 1] {
                    let line = Picture(shape: [1, 1, columns], pixels: Array(picture.pixels[row * columns..<(row + 1) * columns]))
                    let turned = Picture(shape: [1, columns, 1], pixels: line.pixels)
                    let part = Array(resized.pixels[row * size..<(row + 1) * size])
                    #expect(try part == line.resized(to: Extent(1, size), filter).pixels)
                    #expect(try part == turned.resized(to: Extent(size, 1), filter).pixels)
                }
            }
        }
    }

    @Test func aCropLargerThanTheResizedPictureMakesThePictureLarger() throws {
        let picture = Picture(shape: [1, 2, 3], pixels: [1, 2, 3, 4, 5, 6])
        let fitted = try picture.prepared(for: preprocessing([1, 4, 4], .crop(of: 2)))
        #expect(try fitted == picture.prepared(for: preprocessing([1, 4, 4], .crop(of: 4))))
    }

    @Test func aRibbonIsNotBlownUpToBeCropped() {
        let ribbon = Picture(shape: [1, 1, 1 << 16], pixels: Array(repeating: 0, count: 1 << 16))
        #expect(complaint { () throws(DataError) in try ribbon.prepared(for: preprocessing([1, 224, 224], .crop(of: 256))) }
            .contains("too long and narrow"))
    }

    @Test func fitsAreWrittenAsText() throws {
        for (fit, text) in [(Preprocessing.Fit.resize, "\"resize\""), (.pad, "\"pad\""), (.crop(of: 256), "\"crop:256\"")] {
            #expect(String(decoding: try JSONEncoder().encode(fit), as: UTF8.self) == text)
            #expect(try JSONDecoder().decode(Preprocessing.Fit.self, from: Data(text.utf8)) == fit)
        }
        for text in ["\"crop\"", "\"crop:\"", "\"crop:0\"", "\"crop:-3\"", "\"crop:99999999999\"", "\"stretch\""] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Preprocessing.Fit.self, from: Data(text.utf8)) }
        }
    }

    @Test func colourBecomesGreyAsInPillow() throws {
        let bytes = try fixture("grey.bin")
        let colours = Picture(shape: [3, 1024, 1], pixels: Array(bytes.prefix(3072)))
        #expect(try colours.prepared(for: preprocessing([1, 1024, 1])).pixels == Array(bytes.dropFirst(3072)))
    }

    @Test func greyIsCopiedToThreeChannelsAfterResizing() throws {
        let grey = Picture(shape: [1, 2, 2], pixels: [0, 100, 200, 255])
        let resized = try grey.prepared(for: preprocessing([1, 5, 3]))
        #expect(try grey.prepared(for: preprocessing([3, 5, 3])).pixels == resized.pixels + resized.pixels + resized.pixels)
    }

    @Test func paddingCentresOnBlackWithoutScaling() throws {
        let picture = Picture(shape: [1, 2, 1], pixels: [7, 9])
        let padded = try picture.prepared(for: preprocessing([1, 4, 4], .pad))
        #expect(padded.pixels == [0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0])
    }

    @Test func paddingResizesWhatIsTooLarge() throws {
        let picture = Picture(shape: [1, 4, 1], pixels: [7, 9, 200, 3])
        let resized = try picture.prepared(for: preprocessing([1, 2, 2]))
        #expect(try picture.prepared(for: preprocessing([1, 2, 2], .pad)) == resized)
    }

    @Test func aSetIsFittedImageByImage() throws {
        let set = Digits.make(.train, count: 1500, seed: 3)
        let fitted = try set.prepared(for: preprocessing([3, 32, 30]))
        #expect(fitted.shape == [3, 32, 30])
        #expect(fitted.labels == set.labels && fitted.classes == set.classes)
        for index in [0, 1, 511, 512, 1499] { #expect(try fitted[index] == set[index].prepared(for: preprocessing([3, 32, 30]))) }
    }

    @Test func imagesThatFitAreNotTouched() throws {
        let set = Digits.make(.test, count: 3, seed: 3)
        #expect(try set.prepared(for: preprocessing([1, 28, 28])) == set)
    }

    @Test func impossibleChannelsAndSizesAreErrors() {
        let set = Digits.make(.test, count: 3, seed: 3)
        #expect(complaint { () throws(DataError) in try set.prepared(for: preprocessing([4, 28, 28])) }.contains("1 channels do not become 4"))
        #expect(complaint { () throws(DataError) in try set.prepared(for: preprocessing([1, 1 << 20, 1 << 30])) }.contains("do not fit into memory"))
    }

    @Test func aPrefixIsTheFirstImages() {
        let set = Digits.make(.test, count: 9, seed: 3)
        #expect(set.prefix(4) == Digits.make(.test, count: 4, seed: 3))
        #expect(set.prefix(10) == set)
        #expect(set.prefix(-1).count == 0)
    }
}
