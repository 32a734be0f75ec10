import StriateData
import StriateEngine
import StriateGraph
import StriateInsight
import StriateNetworks
import Testing

@Suite struct FeatureMapTests {
    @Test func everyLayersMapsAreThoseOfPyTorch() throws {
        let model = try SmallModel()
        let maps = try FeatureMapReader(model, weights: model.weights, engine: LaneEngine()).read(model.picture)
        #expect(maps.layers.map(\.name) == [
            "stem", "norm", "act1", "block.conv1", "block.bn1", "block.relu", "block.conv2", "block.bn2", "block", "act2", "pool", "head", "act3",
            "mean", "flatten", "fc",
        ])
        for layer in maps.layers { try expectAgreement(layer.values.values, model.expected["maps/\(layer.name)"], layer.name) }
        try expectAgreement(maps.logits, model.expected["logits"], "logits")
        #expect((maps.probabilities.reduce(0, +) - 1).magnitude < 1e-5)
    }

    @Test func namedLayersAloneAreRead() throws {
        let model = try SmallModel()
        let maps = try FeatureMapReader(model, weights: model.weights, layers: ["pool", "stem", "pool"], engine: LaneEngine()).read(model.picture)
        #expect(maps.layers.map(\.name) == ["stem", "pool"])
        #expect(maps.layers.map(\.values.shape) == [[6, 12, 12], [6, 6, 6]])
        #expect(throws: InsightError.self) { try FeatureMapReader(model, weights: model.weights, layers: ["stm"], engine: LaneEngine()) }
    }

    /// What Grad-CAM's authors and torchvision's users look at: the end of the last stage that still has places.
    @Test(arguments: [
        ("lenet5", "act2"), ("lenet5-1998", "c3-squash"), ("alexnet-torchvision", "features.11"), ("vgg16", "features.29"), ("resnet18", "layer4.1.relu2"),
        ("resnet50", "layer4.2.relu3"), ("googlenet", "inception5b"),
    ])
    func theLastMapsOfKnownNetworks(network: String, layer: String) throws {
        #expect(try ModelDescription(network: network).traced().lastSpatialLayer?.path == layer)
    }

    /// A block's sum is a result of its own; a container that ends in its last layer's is not.
    @Test func blocksAreSeenByTheirSums() throws {
        let names = Set(try ModelDescription(network: "resnet18").traced().visibleLayers.map(\.path))
        #expect(names.contains("layer1.0.relu2") && !names.contains("layer1") && !names.contains("layer1.0"))
    }

    @Test func anInspectionOfLeNetOf1998ShowsItsTableAndItsCharacters() throws {
        let lenet = try ModelDescription(network: "lenet5-1998")
        let weights = try lenet.traced().initialWeights(seed: 1)
        let picture = Picture(shape: [1, 32, 32], pixels: (0..<1024).map { UInt8($0 / 4) })
        let maps = try FeatureMapReader(lenet, weights: weights, engine: LaneEngine()).read(picture)
        let inspection = try Inspection(maps, of: lenet, weights: weights)
        #expect(inspection.layers.map(\.name) == maps.layers.map(\.name))
        #expect(inspection.filters.map(\.name) == ["c1.weight", "c3.weight", "c3.weight.connections", "centres"])
        let table = try #require(inspection.filters.first { $0.name == "c3.weight.connections" }).picture
        // Sixteen columns and six rows of 20 pixels, with 2 between.
        #expect(table.shape == [1, 2 + 6 * 22, 2 + 16 * 22])
        #expect(table.pixels.count { $0 == 20 } == 60 * 400, "60 pairs are connected in the paper's table")
    }

    @Test func everySheetStaysWithinThePage() throws {
        let layout = MapSheet()
        for shape: Shape in [[6, 28, 28], [512, 7, 7], [64, 224, 224], [120, 1, 1], [4096], [3, 500, 20], [1], [], [5, 3], [2, 3, 4, 5]] {
            let values = Tensor(shape, (0..<shape.count).map { Float($0 % 7) - 3 })
            let sheet = try layout.picture(of: values, ColourScale(covering: values.values))
            #expect(sheet.shape[2] <= layout.width && sheet.shape[1] <= 2000, "\(shape): \(sheet.shape)")
            #expect(layout.count(of: shape).shown <= layout.count(of: shape).all)
        }
    }
}
