import ArgumentParser
import Striate

/// `striate data preview`.
struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draws what a network will see: pictures as they are fitted to it, and beside each a few of its augmentations.")

    @Argument(help: "A data set's name or path.")
    var name: String

    @Option(name: .long, help: ArgumentHelp("Fit the pictures to this network (default: to --input).", valueName: "name"))
    var network: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many pictures to show, of as many classes as possible.", valueName: "n"))
    var count = 8

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many augmentations of each.", valueName: "n"))
    var draws = 8

    @Option(name: .long, help: ArgumentHelp("The PNG file to write.", valueName: "file"))
    var to = "preview.png"

    @OptionGroup var augment: AugmentOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try Limits.previewCount.check(count)
        try Limits.previewDraws.check(draws)
    }

    func run() throws {
        let reader = try DataSource(name, directory: data.dataDir, seed: seed.seed).open([.train], output)
        let augmentation = try augment.augmentation() ?? .none
        let preprocessing = try preprocessing(of: reader)
        let source = try reader.source(.train, for: preprocessing, augmentation: augmentation)
        let samples = try samples(of: source)
        guard !samples.isEmpty else { throw WorkError("\(name): none of its pictures can be read") }

        let columns = try (0..<draws).map { draw in
            try column(draw, of: samples, augmentation, preprocessing, classCount: reader.classes.count)
        }
        let rows = try samples.indices.map { row in
            try [samples[row].picture.prepared(for: preprocessing)] + columns.map { $0.pictures[row] }
        }
        try AtomicFile.write(PNG.encode(ContactSheet(rows: rows).picture()), to: to)
        tell(samples, columns, preprocessing, augmentation, classes: reader.classes)
    }

    private struct Chosen {
        let index: Int
        let label: Int32
        let picture: Picture
    }

    /// One draw of every picture, blended as a batch.
    private struct Column {
        let pictures: [Picture]
        let mixing: PictureBatch.Mixing?
    }

    /// What the pictures are fitted to: the network's, `--input`, the data's own size, or that of most networks for photographs.
    private func preprocessing(of reader: DataReader) throws -> Preprocessing {
        let input = try picture.shape()
        if let network {
            return try ModelDescription(network: network, classes: reader.classes, input: input).preprocessing
        }
        let entry = Catalog.entries.first { $0.name == name }
        let shape = input ?? reader.shape ?? entry?.shape ?? [3, 224, 224]
        return Preprocessing(
            shape, mean: Array(repeating: 0, count: shape[0]), standardDeviation: Array(repeating: 1, count: shape[0]))
    }

    /// The pictures to show, in the order of their classes: those that the seed chooses, first one of each class, then another.
    private func samples(of source: any PictureSource) throws -> [Chosen] {
        var seen = [Int32: Int]()
        let order = Shuffle.permutation(of: source.count, seed: seed.seed, epoch: 0).map { index in
            let label = source.labels[index]
            seen[label, default: 0] += 1
            return (round: seen[label]!, index: index)
        }
        var chosen = [Chosen]()
        for (_, index) in order.sorted(by: { ($0.round, $0.index) < ($1.round, $1.index) }) where chosen.count < count {
            do {
                chosen.append(Chosen(index: index, label: source.labels[index], picture: try source.picture(at: index)))
            } catch { if !output.quiet { Output.log("skipped: \(error)") } }
        }
        return chosen.sorted { ($0.label, $0.index) < ($1.label, $1.index) }
    }

    private func column(
        _ draw: Int, of samples: [Chosen], _ augmentation: Augmentation, _ preprocessing: Preprocessing, classCount: Int
    ) throws -> Column {
        var pixels = [UInt8]()
        for sample in samples {
            var generator = SeededGenerator(seed: seed.seed, path: "preview.\(sample.index).\(draw)")
            pixels += try augmentation.apply(to: sample.picture, fittedTo: preprocessing, using: &generator).pixels
        }
        var batch = PictureBatch(
            shape: preprocessing.shape, pixels: pixels, labels: samples.map(\.label), classCount: classCount)
        var generator = SeededGenerator(seed: seed.seed, path: "preview.batch.\(draw)")
        augmentation.mix(&batch, using: &generator)
        let images = ImageSet(
            shape: batch.shape, pixels: batch.pixels, labels: batch.labels, classes: (0..<classCount).map(String.init))
        return Column(pictures: samples.indices.map { images[$0] }, mixing: batch.mixing)
    }

    private func tell(
        _ samples: [Chosen], _ columns: [Column], _ preprocessing: Preprocessing, _ augmentation: Augmentation, classes: [String]
    ) {
        guard output.json else {
            if !output.quiet {
                for (row, sample) in samples.enumerated() { Output.line("row \(row + 1)  \(classes[Int(sample.label)])") }
                for (place, column) in columns.enumerated() {
                    guard let share = column.mixing?.shares.first else { continue }
                    Output.line("column \(place + 2)  \(Numbers.percent(Double(share), 0)) of each picture, the rest of the one above it")
                }
            }
            Output.line("\(to): \(samples.count) pictures as \(preprocessing.shape), each with \(draws) of \(augmentation)")
            return
        }
        Output.line(JSON.object([
            ("file", .string(to)), ("shape", JSON(preprocessing.shape.extents)), ("augmentation", .string("\(augmentation)")),
            ("draws", .integer(draws)),
            ("rows", .array(samples.map { ["index": .integer($0.index), "class": .string(classes[Int($0.label)])] })),
            ("shares", .array(columns.compactMap { $0.mixing?.shares.first }.map { .number(Double($0)) })),
        ]).text)
    }
}
