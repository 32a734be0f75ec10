import Foundation
import StriateGraph
import StriateTraining
import Testing

@Suite struct TrainingOptionsTests {
    @Test func optionsSurviveTheirFile() throws {
        var options = TrainingOptions(network: "lenet5", data: "mnist")
        options.networkOptions = ["activation": "tanh"]
        options.rate = 0.1
        options.momentum = 0.9
        options.weightDecay = 5e-4
        options.nesterov = true
        options.schedule = .warmup(epochs: 2, then: .cosine())
        options.seed = .max
        options.headRate = 10
        options.limit = 1000
        options.precision = .bfloat16
        options.optimizer = .rmsprop
        options.accumulation = 4
        options.decayScope = .weights
        options.epsilon = 1e-6
        options.clipping = .value(0.5)
        options.average = WeightAverage(decay: 0.999, hasWarmup: true)
        options.frozen = ["layer1", "*.bias"].compactMap { PathPattern($0) }
        options.rateFactors = [RateFactor(parsing: "conv*=0.1")].compactMap { $0 }
        options.classWeights = .list([1, 2.5])
        options.dropout = 0.25
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: options)
            let read = try run.options()
            #expect(read == options)
            let text = String(decoding: try bytes(run.config), as: UTF8.self)
            #expect(text.contains("\"weight_decay\" : 0.0005") && text.contains("\"schedule\" : \"warmup:2+cosine\""), "\(text)")
            #expect(text.contains("\"precision\" : \"bf16\""), "\(text)")
        }
    }

    @Test func whatAnOlderConfigurationLacksHasItsDefault() throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            let lines = String(decoding: try bytes(run.config), as: UTF8.self).split(separator: "\n")
                .filter { !$0.contains("\"loss\"") && !$0.contains("\"precision\"") }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: run.config))
            #expect(try run.options() == smallOptions())
        }
    }

    @Test(arguments: [
        ("", "is not the JSON"), ("{}", "network is missing"), ("[1]", "is not the JSON"), ("{\"network\":3}", "network has a value of the wrong kind"),
    ])
    func aDamagedConfigurationSaysWhere(text: String, message: String) throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            try Data(text.utf8).write(to: URL(fileURLWithPath: run.config))
            let error = #expect(throws: (any Error).self) { try run.options() }
            #expect(try "\(#require(error))".contains(message), "\(String(describing: error))")
        }
    }

    @Test func anUnknownScheduleInAConfigurationIsNamed() throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            let text = String(decoding: try bytes(run.config), as: UTF8.self).replacingOccurrences(of: "\"constant\"", with: "\"wild\"")
            try Data(text.utf8).write(to: URL(fileURLWithPath: run.config))
            let error = #expect(throws: (any Error).self) { try run.options() }
            #expect(try "\(#require(error))".contains("schedule: wild is none of constant, step:"))
        }
    }

    @Test func anUnknownPrecisionInAConfigurationIsNamed() throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            let text = String(decoding: try bytes(run.config), as: UTF8.self).replacingOccurrences(of: "\"fp32\"", with: "\"fp8\"")
            try Data(text.utf8).write(to: URL(fileURLWithPath: run.config))
            let error = #expect(throws: (any Error).self) { try run.options() }
            let message = try "\(#require(error))"
            #expect(message.contains("precision: ") && message.contains("fp8"), "\(message)")
        }
    }

    @Test func everyFieldIsReadFromItsText() throws {
        var options = TrainingOptions(network: "lenet5", data: "mnist")
        let texts = [
            "optimizer": "muon", "accumulate": "2", "rate": "0.5", "weight_decay": "0.25", "decay": "all", "schedule": "one-cycle",
            "clip": "norm:1.0", "ema": "0.99", "freeze": "layer1,*.bias", "rate_factors": "fc=2.0", "head_rate": "3.0",
            "label_smoothing": "0.125", "class_weights": "balanced", "dropout": "0.5", "stochastic_depth": "0.25", "shuffle": "false",
            "nesterov": "false", "beta1": "0.5", "epsilon": "0.5", "centered": "true", "trust": "0.5", "limit": "9", "seed": "7",
            "precision": "bf16", "loss": "mse", "epochs": "3", "batch": "4", "momentum": "0.25", "alpha": "0.5", "beta2": "0.75",
            "network": "lenet5-d2l", "data": "digits", "data_directory": "d", "classes": "4", "input": "1x2x3", "initial_weights": "w",
            "monitor": "loss", "patience": "3", "keep": "2",
        ]
        #expect(Set(texts.keys).isSubset(of: TrainingField.all.map(\.name)))
        for field in TrainingField.all {
            guard let text = texts[field.name] else { continue }
            #expect(field.set(&options, to: text), "\(field.name)")
            #expect(field.text(of: options) == text, "\(field.name)")
        }
        #expect(options.rate == 0.5 && options.momentum == 0.25, "an optimiser's own numbers come before what is said of them")
        let copy = try JSONDecoder().decode(TrainingOptions.self, from: JSONEncoder().encode(options))
        #expect(copy == options)
    }

    @Test(arguments: [
        ("optimizer", "adamm"), ("rate", "fast"), ("rate", "nan"), ("ema", "1"), ("ema", "0.9:cold"), ("clip", "norm:0"), ("clip", "norm:1:2"),
        ("freeze", "a,,b"), ("rate_factors", "conv"), ("rate_factors", "conv=-1"), ("class_weights", "0,0"), ("class_weights", "1,x"),
        ("nesterov", "maybe"), ("decay", "some"), ("schedule", "one-cycle:2"), ("schedule", "plateau:2:1"), ("epochs", "1.5"),
    ])
    func aTextWithoutAMeaningSetsNothing(field: String, text: String) throws {
        var options = TrainingOptions(network: "lenet5", data: "mnist")
        let before = options
        #expect(try !#require(TrainingField.named(field)).set(&options, to: text))
        #expect(options == before)
    }

    @Test func classWeightsBalanceRareClasses() throws {
        var options = TrainingOptions(network: "lenet5", data: "mnist")
        options.classWeights = .balanced
        #expect(try options.objective(labels: [0, 0, 0, 1, 3, 3], classes: 4).classWeights == [2.0 / 3, 2, 0, 1])
        options.classWeights = .list([1, 2])
        #expect(throws: TrainingError.self) { try options.objective(labels: [0], classes: 3) }
    }

    @Test func numbersWithoutAMeaningAreRefused() {
        let changes: [(String, (inout TrainingOptions) -> Void)] = [
            ("epochs", { $0.epochs = 0 }), ("batch", { $0.batch = 0 }), ("rate", { $0.rate = .nan }), ("rate", { $0.rate = -1 }),
            ("rate", { $0.rate = .infinity }), ("momentum", { $0.momentum = 1 }), ("weight decay", { $0.weightDecay = -1 }),
            ("nesterov", { ($0.momentum, $0.nesterov) = (0, true) }), ("limit", { $0.limit = 0 }),
            ("accumulate", { $0.accumulation = 0 }), ("label smoothing", { $0.labelSmoothing = 1 }), ("beta1", { $0.beta1 = 1 }),
            ("label smoothing", { ($0.labelSmoothing, $0.loss) = (0.1, .meanSquaredError) }), ("epsilon", { $0.epsilon = 0 }),
            ("momentum", { $0.optimizer = .adam }), ("nesterov", { ($0.optimizer, $0.nesterov) = (.rmsprop, true) }),
            ("dropout", { $0.dropout = 1 }), ("stochastic depth", { $0.stochasticDepth = -0.5 }), ("head rate", { $0.headRate = -1 }),
            ("accumulate", { ($0.optimizer, $0.momentum, $0.accumulation) = (.lecunSDLM, 0, 2) }), ("trust", { $0.trust = 0 }),
            ("schedule", { $0.schedule = .warmup(epochs: 4, then: .constant) }),
        ]
        #expect(throws: Never.self) { try smallOptions().validate() }
        for (name, change) in changes {
            var options = smallOptions()
            change(&options)
            let error = #expect(throws: TrainingError.self) { try options.validate() }
            #expect(error?.description.hasPrefix("\(name): ") == true, "\(String(describing: error))")
        }
    }
}
