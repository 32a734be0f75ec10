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
        options.limit = 1000
        options.precision = .bfloat16
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
            #expect(try "\(#require(error))".contains("schedule: no schedule is called wild"))
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

    @Test func numbersWithoutAMeaningAreRefused() {
        let changes: [(String, (inout TrainingOptions) -> Void)] = [
            ("epochs", { $0.epochs = 0 }), ("batch", { $0.batch = 0 }), ("rate", { $0.rate = .nan }), ("rate", { $0.rate = -1 }),
            ("rate", { $0.rate = .infinity }), ("momentum", { $0.momentum = 1 }), ("weight decay", { $0.weightDecay = -1 }),
            ("nesterov", { ($0.momentum, $0.nesterov) = (0, true) }), ("limit", { $0.limit = 0 }),
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
