import Foundation
import Striate
import Testing

/// `--precision`: what convolutions may round to.
@Suite struct PrecisionTests {
    /// What a command line that allows bfloat16 says of it on standard error.
    private static let note = LaneEngine.hasBFloat16 ? "" : "striate: this processor has no bfloat16 instructions: computing in fp32\n"

    @Test(arguments: ["train", "bench", "evaluate", "predict"]) func helpNamesBothPrecisions(verb: String) throws {
        let help = try Tool.run(verb, "--help")
        #expect(help.status == 0 && help.output.contains("--precision <name>"))
        #expect(help.output.contains("fp32") && help.output.contains("bf16"))
    }

    @Test(arguments: ["train", "infer"]) func benchSaysWhatItMeasured(mode: String) throws {
        func bench(_ arguments: String...) throws -> Tool.Result {
            try Tool.run(["bench", "lenet5", "--mode", mode, "--batch", "16", "--steps", "3"] + arguments)
        }
        let plain = try bench("--json"), rounded = try bench("--json", "--precision", "bf16")
        #expect(plain.errors.isEmpty && rounded.errors == Self.note)
        #expect(try plain.json()["precision"] as? String == "fp32" && rounded.json()["precision"] as? String == "bf16")
        #expect(try bench("--precision", "bf16").output.contains(", bf16: "))
        #expect(try !bench("--precision", "fp32").output.contains("fp32"))
    }

    @Test func aRunGoesOnWithThePrecisionThatItBeganWith() throws {
        try withFolder { folder in
            let train = ["train", "lenet5", "--data", "digits", "--limit", "256", "--activation", "relu", "--json", "--quiet"]
            func precisions(_ result: Tool.Result) throws -> [String?] { try result.jsonLines().map { $0["precision"] as? String } }

            let began = try Tool.run(train + ["--epochs", "1", "--precision", "bf16", "--run", "run"], in: folder)
            #expect(began.status == 0 && began.errors == Self.note)
            #expect(try precisions(began) == ["bf16"])
            #expect(try String(contentsOfFile: folder + "/run/config.json", encoding: .utf8).contains("\"precision\" : \"bf16\""))

            let refused = try Tool.run("train", "--resume", "run", "--epochs", "2", "--precision", "fp32", in: folder)
            #expect(refused.status == 2 && refused.errorLines.count == 1 && refused.errors.contains("--precision fp32"), "\(refused.errors)")
            #expect(refused.errors.contains("bf16"))
            let resumed = try Tool.run("train", "--resume", "run", "--epochs", "2", "--json", "--quiet", in: folder)
            #expect(resumed.status == 0 && resumed.errors == Self.note)
            #expect(try precisions(resumed) == ["bf16"])

            let whole = try Tool.run(train + ["--epochs", "2", "--precision", "bf16", "--run", "whole"], in: folder)
            #expect(whole.status == 0)
            #expect(FileManager.default.contentsEqual(atPath: folder + "/whole/last.safetensors", andPath: folder + "/run/last.safetensors"))

            #expect(try precisions(try Tool.run(train + ["--epochs", "1", "--run", "plain"], in: folder)) == ["fp32"])
            let other = try Tool.run("train", "--resume", "plain", "--precision", "bf16", in: folder)
            #expect(other.status == 2 && other.errors.contains("--precision bf16") && other.errors.contains("fp32"), "\(other.errors)")
        }
    }

    /// A model file does not say with what precision it was trained: it is used with any.
    @Test func aModelOfEitherPrecisionIsUsedWithEither() throws {
        try withFolder { folder in
            for precision in ["fp32", "bf16"] {
                let trained = try Tool.run(
                    "train", "lenet5", "--data", "digits", "--limit", "1024", "--epochs", "2", "--activation", "relu", "--rate", "0.05",
                    "--precision", precision, "--quiet", "--json", "--run", precision, in: folder)
                let validated = try #require(try trained.jsonLines().compactMap { $0["val_accuracy"] as? Double }.max())
                func accuracy(_ tested: String) throws -> Double {
                    let result = try Tool.run("evaluate", precision, "--data", "digits", "--precision", tested, "--json", in: folder)
                    return try #require(try result.json()["accuracy"] as? Double)
                }
                #expect(try abs(accuracy(precision) - validated) < 1e-9)
                // Of 10,000 images, a few lie on the border between two classes.
                #expect(try abs(accuracy("fp32") - accuracy("bf16")) <= 0.005)
            }

            let picture = Picture(shape: [1, 32, 32], pixels: (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 37) })
            try Data(PNG.encode(picture)).write(to: URL(fileURLWithPath: folder + "/p.png"))
            let answers = try ["fp32", "bf16"].map { try Tool.run("predict", "fp32", "p.png", "--precision", $0, "--json", in: folder) }
            #expect(answers.allSatisfy { $0.status == 0 } && answers[0].errors.isEmpty && answers[1].errors == Self.note)
            let probabilities = try answers.map { answer -> [String: Double] in
                let predictions = try #require(try answer.json()["predictions"] as? [[String: Any]])
                return Dictionary(uniqueKeysWithValues: predictions.compactMap { prediction in
                    (prediction["class"] as? String).flatMap { name in (prediction["probability"] as? Double).map { (name, $0) } }
                })
            }
            for (name, probability) in probabilities[0] {
                if let other = probabilities[1][name] { #expect(abs(other - probability) < 0.1, "\(name)") }
            }
        }
    }
}
