import ReferenceEngine
import Foundation
import StriateData
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateTraining

/// Two layers on 4×4 pictures of three classes: small enough for the reference engine.
struct SmallNetwork: Network {
    var classes = 3
    var body: [any Layer] {
        Flatten()
        Linear(8).named("hidden")
        Tanh()
        Linear(classes).named("output")
    }
}

let smallPreprocessing = Preprocessing([1, 4, 4], mean: [0.5], standardDeviation: [0.5])

func smallGraph() throws -> TracedNetwork { try TracedNetwork(SmallNetwork(), preprocessing: smallPreprocessing) }

/// Pictures in which the class decides where it is bright, with noise.
func smallImages(_ count: Int, seed: UInt64 = 1) -> ImageSet {
    var generator = SeededGenerator(seed: seed, path: "small images")
    var pixels = [UInt8](), labels = [Int32]()
    for _ in 0..<count {
        let label = generator.below(3)
        labels.append(Int32(label))
        for place in 0..<16 { pixels.append(UInt8(generator.below(100) + (place % 3 == label ? 100 : 0))) }
    }
    return ImageSet(shape: [1, 4, 4], pixels: pixels, labels: labels, classes: ["a", "b", "c"])
}

let smallModel = ModelMetadata(network: "small", classes: ["a", "b", "c"], preprocessing: smallPreprocessing)

func smallOptions(epochs: Int = 4, batch: Int = 8) -> TrainingOptions {
    var options = TrainingOptions(network: "small", data: "small")
    options.epochs = epochs
    options.batch = batch
    options.rate = 0.05
    return options
}

func smallRun(
    _ options: TrainingOptions, in folder: RunFolder, images: ImageSet = smallImages(50), validation: ImageSet? = smallImages(30, seed: 2),
    engine: any Engine = ReferenceEngine()
) throws -> TrainingRun {
    let trainer = try Trainer(
        smallGraph(), seed: options.seed, optimizer: options.rule, objective: options.objective(labels: images.labels, classes: 3),
        updates: options.updates, batch: min(options.batch, images.count),
        precision: options.precision, engine: engine)
    return try TrainingRun(options, model: smallModel, trainer: trainer, images: PictureLoader(images), validation: validation.map { PictureLoader($0) }, folder: folder)
}

func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Runs `body` with a new folder, which is removed afterwards.
func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("striate-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}

extension EpochMetrics {
    /// Without what a clock decides.
    var withoutTimes: EpochMetrics {
        var metrics = self
        (metrics.seconds, metrics.imagesPerSecond) = (0, 0)
        return metrics
    }
}
