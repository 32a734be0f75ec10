import StriateData
import StriateEngine
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

/// Means of logits over views, against plain answers to pictures that were mirrored and shifted one by one.
@Suite struct TestTimeAugmentationTests {
    private static let images: ImageSet = {
        var generator = SeededGenerator(seed: 9, path: "views")
        let pixels = (0..<20 * 3072).map { UInt8($0 / 32 % 97 + generator.below(150)) }
        return ImageSet(shape: [3, 32, 32], pixels: pixels, labels: (0..<20).map { Int32($0 % 10) }, classes: (0..<10).map(String.init))
    }()

    /// The logits and losses of all images.
    private func answers(
        _ model: any ModelArchitecture, _ weights: Weights, to images: ImageSet, batch: Int
    ) throws -> (logits: [[Float]], losses: [Float]) {
        let evaluator = try Evaluator(model.traced().graph, weights: weights, batch: batch, engine: LaneEngine(threads: 1))
        var logits = [[Float]](), losses = [Float]()
        _ = try evaluator.evaluate(on: PictureLoader(images), observe: { image in
            logits.append(Array(image.logits))
            losses.append(image.loss)
        })
        return (logits, losses)
    }

    private func changed(_ images: ImageSet, _ change: (Picture) -> Picture) -> ImageSet {
        ImageSet(
            shape: images.shape, pixels: (0..<images.count).flatMap { change(images[$0]).pixels }, labels: images.labels, classes: images.classes)
    }

    /// What a window shows that lies so many pixels further down and right.
    private func shifted(_ images: ImageSet, _ distance: Int) -> ImageSet {
        changed(images) { $0.window(top: distance, left: distance, rows: 32, columns: 32, border: .reflect) }
    }

    /// Batch normalisation's folded weights serve all views; a batch of one is planned another way.
    @Test(arguments: [("lenet5-cifar", 16), ("resnet20", 16), ("resnet20", 1)])
    func logitsAreMeansOverTheViews(_ network: String, _ batch: Int) throws {
        let model = try ModelDescription(network: network), weights = try model.traced().initialWeights(seed: 4), images = Self.images
        let windows = [images, shifted(images, -1), shifted(images, 1)].map { window in
            [window, changed(window) { $0.flippedHorizontally() }]
        }
        let logits = try windows.map { try $0.map { try answers(model, weights, to: $0, batch: batch).logits } }
        func mean(_ shares: [Float]) -> [[Float]] {
            (0..<images.count).map { image in
                (0..<10).map { label in
                    zip(shares, logits).reduce(0) { $0 + $1.0 * ($1.1[0][image][label] + $1.1[1][image][label]) / 2 }
                }
            }
        }
        #expect(logits[0][0] != logits[0][1] && logits[0][0] != logits[1][0] && logits[1][0] != logits[2][0])
        for (augmentation, shares) in [(TestTimeAugmentation.flip, [1, 0, 0] as [Float]), (.flipShift, [0.5, 0.25, 0.25])] {
            let found = try answers(model.averaged(over: augmentation), weights, to: images, batch: batch), expected = mean(shares)
            var all = Answers(classes: 10)
            for (image, label) in images.labels.enumerated() {
                let largest = expected[image].map(\.magnitude).max() ?? 1
                #expect(zip(found.logits[image], expected[image]).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, largest) }, "\(augmentation) \(image)")
                all.append(expected[image], label: label)
            }
            // The loss is that of the mean, not the mean of the losses.
            let loss = found.losses.reduce(0.0) { $0 + Double($1) } / 20
            #expect(abs(loss - all.negativeLogLikelihood()) < 1e-5)
        }
    }

    @Test func aTemperatureDividesTheMean() throws {
        let model = try ModelDescription(network: "lenet5-cifar"), weights = try model.traced().initialWeights(seed: 4)
        let plain = try answers(model.averaged(over: .flip), weights, to: Self.images, batch: 16).logits
        let warm = CalibratedModel(model, temperature: 2).averaged(over: .flip)
        #expect(warm.temperature == 2 && warm.uncalibrated.temperature == 1)
        let calibrated = try answers(warm, weights, to: Self.images, batch: 16).logits
        for (one, other) in zip(plain, calibrated) { #expect(zip(one, other).allSatisfy { abs($0 / 2 - $1) < 1e-5 }) }
        #expect(try answers(warm.uncalibrated, weights, to: Self.images, batch: 16).logits == plain)
    }

    @Test(arguments: TestTimeAugmentation.allCases)
    func viewsWeighOneTogether(_ augmentation: TestTimeAugmentation) {
        #expect(augmentation.views.reduce(0) { $0 + $1.weight } == 1)
        #expect(Set(augmentation.views).count == augmentation.views.count)
    }

    @Test func trainingSeesPicturesOnce() throws {
        let model = try ModelDescription(network: "resnet20"), augmented = model.averaged(over: .flipShift)
        #expect(try augmented.traced(mode: .training).multiplyAdds == model.traced(mode: .training).multiplyAdds)
        #expect(try augmented.traced().multiplyAdds == 6 * model.traced().multiplyAdds)
        #expect(try augmented.traced().parameterCount == model.traced().parameterCount)
    }

    @Test func picturesOfOnePixelCannotBeShifted() throws {
        var graph = Graph()
        let pictures = graph.input("x", [1, 1, 5])
        #expect(throws: ShapeError.self) { try graph.look(at: pictures, through: PictureView(offset: Extent(1, 1))) }
        let mirrored = try graph.look(at: pictures, through: PictureView(isMirrored: true))
        #expect(graph[mirrored] == graph[pictures])
    }
}
