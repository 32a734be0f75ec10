import ArgumentParser
import Foundation
import Striate

struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lays test pictures out on a plane, near ones near, as a layer of a model sees them.",
        discussion: """
            Writes pca.svg (the two principal components of the layer's features), tsne.svg (t-distributed stochastic neighbour \
            embedding) and embedding.csv with the coordinates of both. Colours are classes; rings are wrong answers.
            """)

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Argument(help: "The data set whose test images are laid out.")
    var data: String

    @Option(name: .long, help: ArgumentHelp(
        "The layer whose result describes a picture (default: what enters the last linear layer).", valueName: "name"))
    var layer: String?

    @Option(name: .long, help: ArgumentHelp("The folder to write.", valueName: "dir"))
    var out = "embedding"

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many images to take, drawn by the seed.", valueName: "n"))
    var limit = 2000

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("About how many others each image is near to, in t-SNE.", valueName: "n"))
    var perplexity = 30.0

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var location: DataOptions
    @OptionGroup var loading: LoadingOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try Limits.embedded.check(limit)
        guard perplexity.isFinite, (1...1000).contains(perplexity) else {
            throw UsageError("--perplexity takes a number from 1 to 1000, not \(perplexity)")
        }
    }

    func run() throws {
        let source = try DataSource(data, directory: location.dataDir, seed: modelOptions.seed)
        let reader = try source.open([.test], isStrict: loading.strict, output)
        let loaded = try modelOptions.load(model, classes: reader.classes)
        let engine = try compute.engine(), classes = loaded.description.classes
        let images = try reader.loader(
            .test, for: loaded.description.preprocessing, settings: loading.settings(threads: engine.threads, output)
        ).labelled(as: classes, data: data, model: model)
        let order = Array(Shuffle.permutation(of: images.count, seed: modelOptions.seed, epoch: 0).prefix(limit)).sorted()

        // Before the work, so that it is not done for nothing.
        do { try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true) } catch {
            throw WorkError("\(out): cannot create this folder; name another with --out")
        }
        let extractor = try FeatureExtractor(
            loaded.description.traced(), weights: loaded.weights, layer: layer, batch: batch.batch ?? 64, engine: engine)
        var live = output.quiet ? nil : LiveLine(Terminal())
        func show(_ done: Int, of total: Int, _ what: String) {
            guard live?.isDue == true else { return }
            live?.draw(Double(done) / Double(total), "\(Numbers.grouped(done)) of \(Numbers.grouped(total)) \(what)")
        }
        defer { live?.clear() }
        let features = try extractor.features(of: images, order: order) { show($0, of: order.count, "images") }
        guard features.labels.count >= Limits.embedded.range.lowerBound else {
            throw WorkError("\(data): \(features.labels.count) images are too few to lay out")
        }
        let components = PrincipalComponents(of: features.features)
        var descent = TSNE()
        (descent.perplexity, descent.threads) = (perplexity, engine.threads)
        let layout = descent.layout(of: features.features) {
            show($0, of: descent.iterations, "steps")
            return true
        }
        live?.clear()
        try write(features, components, layout, classes)
        tell(features, components, layout)
    }

    private func write(_ features: LayerFeatures, _ components: PrincipalComponents, _ layout: TSNE.Layout, _ classes: [String]) throws {
        let title = "\(features.layer) of \(model) on \(data)", count = Numbers.grouped(features.labels.count)
        func point(_ place: Int, _ x: Double, _ y: Double) -> EmbeddingPlot.Point {
            let label = features.labels[place]
            return .init(x: x, y: y, label: label, isRight: label == features.answers[place])
        }
        let shares = components.shares.map { Numbers.percent($0, 1) }
        let pca = EmbeddingPlot(
            components.coordinates.enumerated().map { point($0, $1[0], $1[1]) }, classes: classes, title: title,
            note: "principal components of \(features.shape) numbers for each of \(count) images",
            axes: ("first component, \(shares[0]) of the variance", "second component, \(shares[1])"))
        let tsne = EmbeddingPlot(
            layout.points.enumerated().map { point($0, Double($1.x), Double($1.y)) }, classes: classes, title: title,
            note: "t-SNE of \(features.shape) numbers for each of \(count) images; distances within groups count, between groups they do not")
        try AtomicFile.write(pca.svg, to: "\(out)/pca.svg")
        try AtomicFile.write(tsne.svg, to: "\(out)/tsne.svg")
        try AtomicFile.write(table(features, components, layout, classes), to: "\(out)/embedding.csv")
    }

    private func table(
        _ features: LayerFeatures, _ components: PrincipalComponents, _ layout: TSNE.Layout, _ classes: [String]
    ) -> String {
        var lines = ["image,class,answer,pca_1,pca_2,tsne_1,tsne_2"]
        for place in features.labels.indices {
            let numbers = components.coordinates[place].map { "\(Float($0))" } + ["\(layout.points[place].x)", "\(layout.points[place].y)"]
            let names = [features.pictures[place].map(String.init) ?? "", classes[features.labels[place]], classes[features.answers[place]]]
            lines.append(CSV.line(names + numbers))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func tell(_ features: LayerFeatures, _ components: PrincipalComponents, _ layout: TSNE.Layout) {
        let files = ["pca.svg", "tsne.svg", "embedding.csv"].map { "\(out)/\($0)" }
        guard output.json else {
            return Output.line(
                "\(features.layer): \(features.shape) for each of \(Numbers.grouped(features.labels.count)) images; two components hold "
                    + "\(Numbers.percent(components.shares.reduce(0, +), 1)) of the variance; t-SNE's divergence \(Numbers.fixed(layout.divergence, 3)); "
                    + files.joined(separator: ", "))
        }
        Output.line(JSON.object([
            ("layer", .string(features.layer)), ("shape", JSON(features.shape.extents)), ("images", .integer(features.labels.count)),
            ("explained_variance", .array(components.shares.map(JSON.number))), ("divergence", .number(layout.divergence)),
            ("files", JSON(files)),
        ]).text)
    }
}
