import Foundation
import StriateData
import StriateGraph
import StriateInsight
import Testing

@Suite struct ColourTests {
    /// The relative luminance of an sRGB colour, 0…1 (IEC 61966-2-1).
    private func luminance(_ colour: Colour) -> Float {
        func linear(_ level: UInt8) -> Float {
            let share = Float(level) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
    }

    @Test func coloursDarkenAlikeOnBothSidesOfZero() {
        let scale = ColourScale(reach: 2)
        var last: (Float, Float) = (2, 2)
        for step in 1...20 {
            let (below, above) = (scale.colour(of: -Float(step) / 10), scale.colour(of: Float(step) / 10))
            #expect(luminance(below) < last.0 && luminance(above) < last.1)
            #expect((luminance(below) - luminance(above)).magnitude < 0.1)
            #expect(below.blue > below.red && above.red > above.blue)
            last = (luminance(below), luminance(above))
        }
    }

    @Test func zeroIsNeutralAndWhatLiesBeyondIsDeepest() {
        let scale = ColourScale(covering: [-3, 0.5, .nan, .infinity])
        #expect(scale.reach == 3)
        #expect(scale.colour(of: 0).isGrey && scale.colour(of: -0.0).isGrey)
        #expect(scale.colour(of: 9) == scale.colour(of: 3) && scale.colour(of: -.infinity) == scale.colour(of: -3))
        #expect(scale.colour(of: .nan) == .black)
        #expect(ColourScale(reach: 0).colour(of: 5).isGrey)
    }

    @Test func heatmapsAreResizedAsPyTorchDoes() throws {
        let model = try SmallModel()
        let small = Heatmap(rows: 3, columns: 5, values: try #require(model.expected["small"]).values)
        try expectAgreement(small.resized(to: Extent(7, 9)).values, model.expected["interpolated"], tolerance: 1e-6, "interpolated")
    }

    @Test func anOverlayGlowsWhereTheMapSpeaksAndLeavesTheRestGrey() {
        let picture = Picture(shape: [3, 2, 2], pixels: [200, 10, 10, 10, 20, 10, 10, 10, 20, 10, 10, 10])
        let overlay = Heatmap(rows: 2, columns: 2, values: [0, 1, -1, 0.5]).overlay(on: picture, side: 2)
        func colour(_ place: Int) -> [UInt8] { (0..<3).map { overlay.pixels[$0 * 4 + place] } }
        #expect(overlay.shape == [3, 2, 2])
        #expect(Set(colour(0)).count == 1)
        #expect(colour(1)[0] > colour(1)[2] && colour(2)[2] > colour(2)[0] && colour(1)[0] > colour(3)[0])
    }
}
