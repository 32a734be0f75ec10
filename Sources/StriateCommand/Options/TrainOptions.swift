import ArgumentParser
import Striate

/// What only `train` has.
struct TrainOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data set: a name or a path.", valueName: "data"))
    var data: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How often all images are seen.", valueName: "n"))
    var epochs: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "Make an update of n steps: as with batches of n times the images, in the memory of one.", valueName: "n"))
    var accumulate: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The learning rate.", valueName: "rate"))
    var rate: Float?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The share of velocity that stays.", valueName: "share"))
    var momentum: Float?

    @Flag(name: .long, help: "Look one step of the velocity ahead (needs momentum).")
    var nesterov = false

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Pulls weights towards 0 by so much.", valueName: "factor"))
    var weightDecay: Float?

    @Option(name: .long, help: ArgumentHelp("What decays: all, or weights alone, not biases and norms (default: the optimiser's custom).", valueName: "scope"))
    var decay: String?

    @Option(name: .long, help: ArgumentHelp(
        "The rule by which weights follow gradients: \(TrainingOptions.Rule.optionForm). Another than the network's recipe has comes with its own usual rate, momentum and decay.",
        valueName: "name"))
    var optimizer: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Adam's share of the mean gradient that stays.", valueName: "share"))
    var beta1: Double?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Adam's share of the mean square that stays.", valueName: "share"))
    var beta2: Double?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("What keeps the optimiser's quotients finite.", valueName: "number"))
    var epsilon: Float?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("RMSprop's share of the mean square that stays.", valueName: "share"))
    var alpha: Double?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "How far LARS lets a layer move, as a share of its weights' norm.", valueName: "share"))
    var trust: Float?

    @Flag(name: .long, help: "Let RMSprop divide by the standard deviation.")
    var centered = false

    @Option(name: .long, help: ArgumentHelp("How the rate changes: \(Schedule.optionForm).", valueName: "schedule"))
    var schedule: String?

    @Option(name: .long, help: ArgumentHelp("Bound gradients: norm:LIMIT (of all together) or value:LIMIT (of each).", valueName: "bound"))
    var clip: String?

    @Option(name: .long, help: ArgumentHelp(
        "Evaluate and keep a moving average of the weights: its decay such as 0.999, or 0.999:warmup.", valueName: "decay"))
    var ema: String?

    @Option(name: .long, help: ArgumentHelp(
        "Give this first convolution kernels that whiten the patches of the training pictures, and do not learn them.", valueName: "layer"))
    var whiten: String?

    @Option(name: .long, help: ArgumentHelp(
        "Do not learn these parameters: a path's pattern such as layer1 or \"*.bias\"; may be repeated.", valueName: "pattern"))
    var freeze: [String] = []

    @Option(name: .customLong("rate-factors"), help: ArgumentHelp(
        "A factor on the rate of some parameters, as in layer1=0.1; may be repeated, the first that matches counts.", valueName: "pattern=factor"))
    var rateFactors: [String] = []

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("A factor on the last layer's rate.", valueName: "factor"))
    var headRate: Float?

    @Option(name: .long, help: ArgumentHelp("What is made small: \(Loss.optionForm).", valueName: "loss"))
    var loss: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "The share of each image's target that is spread over all classes.", valueName: "share"))
    var labelSmoothing: Float?

    @Option(name: .long, help: ArgumentHelp(
        "What images of each class count for: balanced, or a number for each class with commas.", valueName: "weights"))
    var classWeights: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The rate of the network's dropout layers.", valueName: "rate"))
    var dropout: Float?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "How often the last residual block's branch falls for an image; earlier ones fall less often.", valueName: "rate"))
    var stochasticDepth: Float?

    @Flag(name: .long, help: "See the images in the order of their file in every epoch.")
    var noShuffle = false

    @Option(name: .long, help: ArgumentHelp("Which images an epoch sees: natural, each once; balanced, each class equally often.", valueName: "name"))
    var sampling: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Learn from the first n images alone.", valueName: "n"))
    var limit: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "Keep this share of each class for validation, where the data have no pictures for it.", valueName: "share"))
    var valShare: Double?

    @Option(name: .long, help: ArgumentHelp(
        "What shows through where pictures are transparent: white, black or RRGGBB (default: white).", valueName: "colour"))
    var background: String?

    @OptionGroup var augmenting: AugmentOptions

    @Option(name: .long, help: ArgumentHelp("What tells the best epoch: accuracy or loss (default: accuracy).", valueName: "name"))
    var monitor: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Stop after n epochs without a better one.", valueName: "n"))
    var patience: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Keep the models of the n best epochs.", valueName: "n"))
    var keep: Int?

    @Option(name: .customLong("init"), help: ArgumentHelp("Start from these weights (safetensors or .pth).", valueName: "file"))
    var initialWeights: String?

    @Option(name: .long, help: ArgumentHelp("Follow this YAML file, or a recipe by name (see: striate recipes); flags win over it.", valueName: "file"))
    var recipe: String?

    @Option(name: .long, help: ArgumentHelp("The folder to write (default: runs/NETWORK-1 and so on).", valueName: "dir"))
    var run: String?

    @Option(name: .long, help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"))
    var resume: String?

    @Flag(name: .long, help: "Do not train: try rising learning rates, draw their losses (lr-find.svg) and suggest one.")
    var lrFind = false

    @Option(name: .long, help: ArgumentHelp("Write a JSON line for each step: step, loss, rate.", valueName: "file"))
    var logSteps: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("What chance follows from (default: 1).", valueName: "n"))
    var seed: UInt64?

    func validate() throws {
        try Limits.epochs.check(epochs)
        try Limits.limit.check(limit)
        try Limits.patience.check(patience)
        try Limits.keep.check(keep)
        func demand(_ flag: String, _ value: Float?, _ what: String, _ isRight: (Float) -> Bool) throws {
            guard let value, !isRight(value) else { return }
            throw UsageError("\(flag) takes \(what), not \(value)")
        }
        try demand("--rate", rate, "a number above 0") { $0.isFinite && $0 > 0 }
        try demand("--momentum", momentum, "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
        try demand("--weight-decay", weightDecay, "a number from 0 up") { $0.isFinite && $0 >= 0 }
        try demand("--label-smoothing", labelSmoothing, "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
        var settings = TrainingOptions(network: "", data: "")
        for given in given { try given.apply(to: &settings) }
    }

    /// What was said, by the fields' names.
    var given: [GivenField] {
        [
            GivenField("data", data),
            GivenField("limit", limit?.optionText),
            GivenField("val_share", valShare?.optionText),
            GivenField("background", background),
            GivenField("augment", augmenting.augment),
            GivenField("epochs", epochs?.optionText),
            GivenField("accumulate", accumulate?.optionText),
            GivenField("optimizer", optimizer),
            GivenField("rate", rate?.optionText),
            GivenField("momentum", momentum?.optionText),
            GivenField("nesterov", nesterov ? "true" : nil),
            GivenField("weight_decay", weightDecay?.optionText),
            GivenField("decay", decay),
            GivenField("beta1", beta1?.optionText),
            GivenField("beta2", beta2?.optionText),
            GivenField("epsilon", epsilon?.optionText),
            GivenField("alpha", alpha?.optionText),
            GivenField("trust", trust?.optionText),
            GivenField("centered", centered ? "true" : nil),
            GivenField("schedule", schedule),
            GivenField("clip", clip),
            GivenField("ema", ema),
            GivenField("whiten", whiten),
            GivenField("freeze", freeze.optionText),
            GivenField("rate_factors", rateFactors.optionText),
            GivenField("head_rate", headRate?.optionText),
            GivenField("loss", loss),
            GivenField("label_smoothing", labelSmoothing?.optionText),
            GivenField("class_weights", classWeights),
            GivenField("dropout", dropout?.optionText),
            GivenField("stochastic_depth", stochasticDepth?.optionText),
            GivenField("shuffle", noShuffle ? "false" : nil),
            GivenField("sampling", sampling),
            GivenField("monitor", monitor),
            GivenField("patience", patience?.optionText),
            GivenField("keep", keep?.optionText),
            GivenField("seed", seed?.optionText),
        ].compactMap { $0 }
    }
}

extension TrainingField {
    /// What the command line and recipes call it: `network` stands alone, all others are flags.
    var flag: String {
        switch name {
        case "initial_weights": "init"
        case "data_directory": "data-dir"
        case "shuffle": "no-shuffle"
        default: name.replacing("_", with: "-")
        }
    }
}

/// A field of the training options that the command line set.
struct GivenField {
    let field: TrainingField
    let text: String

    /// Nil where nothing was said.
    init?(_ name: String, _ text: String?) {
        guard let text else { return nil }
        guard let field = TrainingField.named(name) else { fatalError("no field is called \(name)") }
        self.field = field
        self.text = text
    }

    /// As it stands on the command line.
    var flag: String { name == "network" ? name : "--\(field.flag)" }

    var name: String { field.name }

    func apply(to settings: inout TrainingOptions) throws {
        guard !field.set(&settings, to: text) else { return }
        guard field.choices.isEmpty else { throw UsageError.unknown(name.replacing("_", with: " "), text, among: field.choices) }
        throw UsageError("\(flag) takes \(field.form), not \"\(text)\"")
    }
}
