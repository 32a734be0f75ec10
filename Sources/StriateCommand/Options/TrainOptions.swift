import ArgumentParser
import Striate

/// What only `train` has.
struct TrainOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data set: a name or a path.", valueName: "data"))
    var data: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How often all images are seen.", valueName: "n"))
    var epochs: Int?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The learning rate.", valueName: "rate"))
    var rate: Float?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The share of velocity that stays.", valueName: "share"))
    var momentum: Float?

    @Flag(name: .long, help: "Look one step of the velocity ahead (needs momentum).")
    var nesterov = false

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Pulls weights towards 0 by so much.", valueName: "factor"))
    var weightDecay: Float?

    @Option(name: .long, help: ArgumentHelp("The rule by which weights follow gradients: sgd or lecun-sdlm.", valueName: "name"))
    var optimizer: String?

    @Option(name: .long, help: ArgumentHelp("How the rate changes: \(Schedule.forms).", valueName: "schedule"))
    var schedule: String?

    @Option(name: .long, help: ArgumentHelp("What is made small: \(Loss.forms).", valueName: "loss"))
    var loss: String?

    @Flag(name: .long, help: "See the images in the order of their file in every epoch.")
    var noShuffle = false

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Learn from the first n images alone.", valueName: "n"))
    var limit: Int?

    @Option(name: .customLong("init"), help: ArgumentHelp("Start from these weights (safetensors or .pth).", valueName: "file"))
    var initialWeights: String?

    @Option(name: .long, help: ArgumentHelp("The folder to write (default: runs/NETWORK-1 and so on).", valueName: "dir"))
    var run: String?

    @Option(name: .long, help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"))
    var resume: String?

    @Option(name: .long, help: ArgumentHelp("Write a JSON line for each step: step, loss, rate.", valueName: "file"))
    var logSteps: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("What chance follows from (default: 1).", valueName: "n"))
    var seed: UInt64?

    func validate() throws {
        try Limits.epochs.check(epochs)
        try Limits.limit.check(limit)
        func demand(_ flag: String, _ value: Float?, _ what: String, _ isRight: (Float) -> Bool) throws {
            guard let value, !isRight(value) else { return }
            throw UsageError("\(flag) takes \(what), not \(value)")
        }
        try demand("--rate", rate, "a number above 0") { $0.isFinite && $0 > 0 }
        try demand("--momentum", momentum, "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
        try demand("--weight-decay", weightDecay, "a number from 0 up") { $0.isFinite && $0 >= 0 }
        if let optimizer { _ = try TrainOptions.rule(optimizer) }
        if let schedule { _ = try TrainOptions.schedule(schedule) }
        if let loss { _ = try TrainOptions.loss(loss) }
    }

    /// Sets what was said.
    func apply(to settings: inout TrainingOptions, batch: Int?) throws {
        if let epochs { settings.epochs = epochs }
        if let batch { settings.batch = batch }
        if let rate { settings.rate = rate }
        if let momentum { settings.momentum = momentum }
        if nesterov { settings.nesterov = true }
        if let weightDecay { settings.weightDecay = weightDecay }
        if noShuffle { settings.shuffle = false }
        if let optimizer { settings.optimizer = try TrainOptions.rule(optimizer) }
        if let schedule { settings.schedule = try TrainOptions.schedule(schedule) }
        if let loss { settings.loss = try TrainOptions.loss(loss) }
    }

    private static func rule(_ name: String) throws -> TrainingOptions.Rule {
        if let rule = TrainingOptions.Rule(rawValue: name) { return rule }
        throw UsageError.unknown("optimizer", name, among: TrainingOptions.Rule.allCases.map(\.rawValue))
    }

    private static func loss(_ text: String) throws -> Loss {
        guard let loss = Loss(parsing: text) else { throw UsageError("there is no loss \"\(text)\"; it is one of \(Loss.forms)") }
        return loss
    }

    private static func schedule(_ text: String) throws -> Schedule {
        guard let schedule = Schedule(parsing: text) else {
            throw UsageError("there is no schedule \"\(text)\"; it is one of \(Schedule.forms)")
        }
        return schedule
    }
}
