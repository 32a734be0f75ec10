import ArgumentParser
import Striate

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what in a picture speaks for a class: Grad-CAM, saliency, integrated gradients, occlusion.",
        discussion: """
            Writes a PNG file for each method (the map over the picture, and the map alone: orange speaks for the class, blue against it) and \
            explain.svg, one file that shows all of them. --values has the numbers.
            """)

    @OptionGroup var looking: LookingOptions

    @Option(name: .long, help: ArgumentHelp(
        "grad-cam, saliency, integrated-gradients, occlusion (default: all).", valueName: "a,b"))
    var method: String?

    @Option(name: [.customLong("class")], help: ArgumentHelp(
        "The class to explain, by name or number (default: the most likely one).", valueName: "name"))
    var target: String?

    @Option(name: .long, help: ArgumentHelp("The layer for Grad-CAM (default: the last convolution's).", valueName: "name"))
    var layer: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Steps of integrated gradients.", valueName: "n"))
    var steps = 64

    @Option(name: .long, help: ArgumentHelp("Where integrated gradients begin: black, white or mean.", valueName: "colour"))
    var baseline = Baseline.black.rawValue

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "The side of the square that covers the picture (default: a sixth of it).", valueName: "n"))
    var window: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("From one square to the next (default: half of it).", valueName: "n"))
    var stride: Int?

    @Option(name: .long, help: ArgumentHelp(
        "What the square shows: black, white or mean (default: black for networks of grey pictures, else mean).", valueName: "colour"))
    var fill: String?

    @Option(name: .long, help: ArgumentHelp("The folder to write into.", valueName: "dir"))
    var out = "explain"

    @Option(name: .long, help: ArgumentHelp("Write the maps' numbers too, as safetensors.", valueName: "file"))
    var values: String?

    func validate() throws { _ = try methods() }

    /// In the order in which they were named.
    private func methods() throws -> [ExplanationMethod] {
        let all: [ExplanationMethod] = [
            .gradCAM(layer: layer), .saliency, .integratedGradients(steps: steps, baseline: try Explain.baseline(baseline, flag: "--baseline")),
            .occlusion(window: window, stride: stride, fill: try fill.map { try Explain.baseline($0, flag: "--fill") }),
        ]
        guard let method else { return all }
        let names = method.split(separator: ",").map(String.init)
        guard !names.isEmpty else { throw UsageError("--method takes the names of methods, such as grad-cam,occlusion") }
        return try names.map { name in
            guard let method = all.first(where: { $0.name == name }) else {
                throw UsageError.unknown("method", name, among: all.map(\.name))
            }
            return method
        }
    }

    private static func baseline(_ text: String, flag: String) throws -> Baseline {
        guard let baseline = Baseline(rawValue: text) else {
            throw UsageError("\(flag) takes \(Baseline.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(text)\"")
        }
        return baseline
    }

    func run() throws {
        let (model, picture) = try looking.loaded()
        let target = try target.map { try number(ofClass: $0, among: model.description.classes) }
        let explainer = try Explainer(model.description, weights: model.weights, engine: looking.compute.engine())
        let explanations = try methods().map { try explainer.explain(picture, by: $0, target: target) }
        let answers = LookingOptions.answers(try explainer.logits(of: picture), classes: model.description.classes)
        if let terminal = looking.terminal() { try draw(explanations, of: picture, on: terminal) }

        let folder = try PictureFolder(out)
        let sheets = try explanations.map { try $0.sheet(of: picture, by: model.description) }
        let files = try zip(explanations, sheets).map { try folder.write($1.picture, as: $0.method.name) }
        let name = model.description.classes[explanations[0].target]
        let page = try folder.write(
            LookingPage(
                title: explanations[0].isTopClass ? "Why \(name)?" : "Why not \(name)?",
                subtitle: "\(looking.image) in \(model.source) · orange speaks for \(name), blue against it",
                picture: picture, answers: answers, parts: [.init("Explanations", sheets, columns: 2)]), as: "explain")
        if let values { try writeValues(explanations, to: values) }
        report(explanations, files, page, answers, name)
    }

    private func number(ofClass text: String, among classes: [String]) throws -> Int {
        if let place = classes.firstIndex(of: text) { return place }
        if let place = Int(text), classes.indices.contains(place) { return place }
        let hint = Suggestion.hint(for: text, among: classes)
        throw UsageError("there is no class \"\(text)\"\(hint.isEmpty ? "; name one of the model's \(classes.count), or its number from 0" : hint)")
    }

    private func writeValues(_ explanations: [Explanation], to path: String) throws {
        var maps = Weights()
        for explanation in explanations {
            let map = explanation.heatmap
            maps[explanation.method.name] = Tensor([map.rows, map.columns], map.values)
        }
        try Safetensors(maps).write(to: path)
    }

    private func report(
        _ explanations: [Explanation], _ files: [String], _ page: String, _ answers: [LookingPage.Answer], _ name: String
    ) {
        guard looking.output.json else {
            if !looking.output.quiet { for file in files { Output.line(file) } }
            Output.line("\(looking.image)  \(LookingOptions.text(answers.prefix(3)))")
            Output.line(page)
            return
        }
        Output.line(JSON.object([
            ("image", .string(looking.image)), ("class", .string(name)), ("page", .string(page)),
            ("predictions", LookingOptions.json(answers.prefix(10))),
            ("explanations", .array(zip(explanations, files).map { explanation, file in
                [
                    "method": .string(explanation.method.name), "file": .string(file), "layer": JSON(explanation.layer),
                    "rows": .integer(explanation.heatmap.rows), "columns": .integer(explanation.heatmap.columns),
                    "largest": .number(shortest(explanation.heatmap.values.max() ?? 0)),
                    "smallest": .number(shortest(explanation.heatmap.values.min() ?? 0)),
                ]
            })),
        ]).text)
    }

    private func draw(_ explanations: [Explanation], of picture: Picture, on terminal: TerminalPictures) throws {
        for explanation in explanations {
            Output.line("\(explanation.title)\(explanation.layer.map { ", \($0)" } ?? "")")
            var sheet = ContactSheet(rows: [[picture, explanation.heatmap.overlay(on: picture, side: 1)]], gap: 2, margin: 0)
            (sheet.side, sheet.paper) = (1, 0)
            Output.line(try terminal.text(sheet.picture()) + "\n")
        }
    }
}
