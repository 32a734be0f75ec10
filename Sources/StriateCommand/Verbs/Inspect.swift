import ArgumentParser
import Striate

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draws what a model does with a picture: every layer's maps, the first kernels, and its answer.",
        discussion: """
            Writes a PNG file for each layer (blue below 0, orange above, nearly white at 0, one scale for all maps of a layer) and inspect.svg, \
            one file that shows all of them with their names.
            """)

    @OptionGroup var looking: LookingOptions

    @Option(name: .long, help: ArgumentHelp("The folder to write into.", valueName: "dir"))
    var out = "inspect"

    @Option(name: .long, help: ArgumentHelp("Layers to draw, such as conv1,act1 (default: all).", valueName: "a,b"))
    var layers: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "The most maps of a layer to draw (default: 64, or 16 where there are more than 40 layers).", valueName: "n"))
    var maps: Int?

    func validate() throws { try Limits.maps.check(maps) }

    func run() throws {
        let (model, picture) = try looking.loaded()
        let names = layers?.split(separator: ",").map(String.init)
        if let names, names.isEmpty { throw UsageError("--layers takes the names of layers, such as conv1,act1") }
        let reader = try FeatureMapReader(model.description, weights: model.weights, layers: names, engine: looking.compute.engine())
        let maps = try reader.read(picture)
        let inspection = try Inspection(maps, of: model.description, weights: model.weights, limit: self.maps)
        let answers = LookingOptions.answers(maps.logits, classes: model.description.classes)
        if let terminal = looking.terminal() { try draw(maps, on: terminal) }
        report(try written(inspection, answers, model), maps, answers)
    }

    private struct Files {
        let page: String
        let input: String
        let layers: [(sheet: Inspection.Sheet, file: String)]
        let filters: [(sheet: Inspection.Sheet, file: String)]
    }

    private func written(_ inspection: Inspection, _ answers: [LookingPage.Answer], _ model: LoadedModel) throws -> Files {
        let folder = try PictureFolder(out)
        let page = LookingPage(
            title: "\(looking.image == "-" ? "A picture" : AtomicFile.name(of: looking.image)) in \(model.description.network)",
            subtitle: "\(model.source) · pictures of \(model.description.preprocessing.shape) · every sheet has its own scale, from blue (least) over 0 to orange",
            picture: inspection.input, answers: answers,
            parts: [.init("Layers", inspection.layers)] + (inspection.filters.isEmpty ? [] : [.init("What it looks for", inspection.filters)]))
        let digits = String(inspection.layers.count).count
        let layers = try inspection.layers.enumerated().map { place, sheet in
            let number = String(place + 1), padded = String(repeating: "0", count: digits - number.count) + number
            return (sheet, try folder.write(sheet.picture, as: "\(padded)-\(sheet.name)"))
        }
        return Files(
            page: try folder.write(page, as: "inspect"), input: try folder.write(inspection.input, as: "input"), layers: layers,
            filters: try inspection.filters.map { ($0, try folder.write($0.picture, as: "filters-\($0.name)")) })
    }

    private func report(_ files: Files, _ maps: FeatureMaps, _ answers: [LookingPage.Answer]) {
        guard looking.output.json else {
            if !looking.output.quiet { for (sheet, file) in files.layers + files.filters { Output.line("\(file)  \(sheet.caption)") } }
            Output.line("\(looking.image)  \(LookingOptions.text(answers.prefix(3)))")
            Output.line(files.page)
            return
        }
        let shapes = Dictionary(maps.layers.map { ($0.name, $0.values.shape) }) { first, _ in first }
        let kinds = Dictionary(maps.layers.map { ($0.name, $0.kind) }) { first, _ in first }
        Output.line(JSON.object([
            ("image", .string(looking.image)), ("page", .string(files.page)), ("input", .string(files.input)),
            ("predictions", LookingOptions.json(answers.prefix(10))),
            ("layers", .array(files.layers.map { sheet, file in
                [
                    "name": .string(sheet.name), "kind": JSON(kinds[sheet.name]), "shape": JSON(shapes[sheet.name]?.extents ?? []),
                    "file": .string(file),
                ]
            })),
            ("filters", .array(files.filters.map { ["name": .string($0.sheet.name), "file": .string($0.file)] })),
        ]).text)
    }

    /// The picture, and of each layer as many maps as stand side by side.
    private func draw(_ maps: FeatureMaps, on terminal: TerminalPictures) throws {
        Output.line(try terminal.text(maps.picture))
        for layer in maps.layers where layer.values.shape.count > 0 {
            var layout = MapSheet()
            (layout.width, layout.side, layout.cell, layout.gap, layout.mostSide) = (terminal.width, 1, 1, 1, min(terminal.width - 2, 32))
            let side = min(layout.mostSide, layer.values.shape.extents.last ?? 1)
            layout.limit = layer.values.shape.rank == 3 ? max(1, (terminal.width - 1) / (side + 1)) : max(1, terminal.width / 64)
            let count = layout.count(of: layer.values.shape)
            Output.line("\n\(layer.name)  \(layer.kind) \(layer.values.shape)\(count.shown < count.all ? ", the first \(count.shown)" : "")")
            Output.line(try terminal.text(layout.picture(of: layer.values, ColourScale(covering: layer.values.values))))
        }
        Output.line("")
    }
}
