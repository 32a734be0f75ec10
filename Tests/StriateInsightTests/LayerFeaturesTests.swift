import Foundation
import StriateData
import StriateEngine
import StriateGraph
import StriateInsight
import StriateNetworks
import Testing

@Suite struct LayerFeaturesTests {
    @Test func featuresAreThoseThatEnterTheLastLayer() throws {
        let network = try SmallNetwork.traced(), images = SmallNetwork.images(20)
        let extractor = try FeatureExtractor(network, weights: network.initialWeights(seed: 1), batch: 16, engine: LaneEngine(threads: 1))
        #expect(extractor.shape == [8])
        let features = try extractor.features(of: PictureLoader(images), order: [3, 7, 19, 0])
        #expect(features.pictures == [3, 7, 19, 0] && features.labels == [0, 1, 1, 0])
        #expect(features.features.rows == 4 && features.features.values.allSatisfy { abs($0) < 1 }, "results of tanh")

        #expect(throws: NetworkError.self) {
            try FeatureExtractor(network, weights: network.initialWeights(seed: 1), layer: "hiden", engine: LaneEngine(threads: 1))
        }
    }

    @Test func anEmbeddingHasAMarkForEveryPictureAndALegend() throws {
        let points = (0..<90).map { EmbeddingPlot.Point(x: Double($0 % 9), y: Double($0 / 9), label: $0 % 3, isRight: $0 > 4) }
        let elements = try #require(Elements(EmbeddingPlot(points, classes: SmallNetwork.classes, title: "a", note: "b").svg))
        let dots = elements.all.filter { $0.attributes["class"]?.hasPrefix("dots") == true }
        let marks = dots.reduce(0) { $0 + ($1.attributes["d"] ?? "").count { $0 == "M" } }
        #expect(marks == 90 + 3, "of pictures and of the legend")
        #expect(elements.all.count { $0.attributes["class"] == "ring" } == 5 + 1)
        #expect(elements.texts("halo") == SmallNetwork.classes)

        let many = (0..<300).map { EmbeddingPlot.Point(x: 1, y: 1, label: $0, isRight: true) }
        #expect(Elements(EmbeddingPlot(many, classes: (0..<300).map(String.init), title: "a", note: "b").svg) != nil)
        #expect(Elements(EmbeddingPlot([], classes: [], title: "a", note: "b").svg) != nil)
    }
}
