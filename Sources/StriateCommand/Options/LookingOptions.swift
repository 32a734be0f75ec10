import ArgumentParser
import Striate

/// What `inspect` and `explain` have in common: a model, a picture, and where the results go.
struct LookingOptions: ParsableArguments {
    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Argument(help: "A picture, or - for one on standard input.")
    var image: String

    @Flag(name: .long, help: "Draw in the terminal too, where it has 24-bit colour.")
    var show = false

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    func loaded() throws -> (model: LoadedModel, picture: Picture) {
        let loaded = try modelOptions.load(model)
        return (loaded, try PictureFile(name: image).read(for: loaded.description.preprocessing))
    }

    /// Where to draw, if at all; says why not.
    func terminal() -> TerminalPictures? {
        guard show, !output.json else { return nil }
        let terminal = TerminalPictures()
        if terminal == nil, !output.quiet { Output.log("striate: this terminal shows no 24-bit colour (see COLORTERM): nothing is drawn in it") }
        return terminal
    }

    /// The classes with what the model says of them, the most likely first; equals keep their order.
    static func answers(_ logits: [Float], classes: [String]) -> [LookingPage.Answer] {
        let probabilities = probabilities(of: logits)
        let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
        return order.map { LookingPage.Answer(name: classes[$0], probability: probabilities[$0], logit: logits[$0]) }
    }

    static func json(_ answers: some Sequence<LookingPage.Answer>) -> JSON {
        .array(answers.map { answer in
            [
                "class": .string(answer.name), "probability": .number(shortest(answer.probability)), "logit": .number(shortest(answer.logit)),
            ]
        })
    }

    static func text(_ answers: some Sequence<LookingPage.Answer>) -> String {
        answers.map { "\($0.name) \(Numbers.percent(Double($0.probability)))" }.joined(separator: "  ")
    }
}
