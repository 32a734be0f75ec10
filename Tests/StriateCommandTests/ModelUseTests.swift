import Foundation
import Striate
import Testing

/// Verbs that use a model: raw tensors, pictures, speed.
@Suite(.serialized) struct ModelUseTests {
    private func picture(_ index: Int) throws -> Data {
        let pixels = (0..<784).map { UInt8(truncatingIfNeeded: ($0 * (index + 3)) % 251) }
        return Data(try PNG.encode(Picture(shape: [1, 28, 28], pixels: pixels)))
    }

    @Test func everyPictureIsPredictedEvenBesideDamagedOnes() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/pictures/below", withIntermediateDirectories: true)
            try picture(0).write(to: URL(fileURLWithPath: folder + "/pictures/a.png"))
            try picture(1).write(to: URL(fileURLWithPath: folder + "/pictures/below/b.PNG"))
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/pictures/notes.txt"))
            let whole = try picture(2)
            try whole.prefix(whole.count * 2 / 3).write(to: URL(fileURLWithPath: folder + "/cut.png"))
            let result = try Tool.run(
                "predict", "lenet5", "cut.png", "pictures", "missing.png", "-", "--json", "--top", "10", input: picture(3), in: folder)
            #expect(result.status == 1)
            #expect(result.errorLines.count == 2 && result.errors.contains("cut.png") && result.errors.contains("missing.png"))
            let lines = try result.jsonLines()
            #expect(lines.map { $0["image"] as? String } == ["pictures/a.png", "pictures/below/b.PNG", "-"])
            for line in lines {
                let predictions = try #require(line["predictions"] as? [[String: Any]])
                let probabilities = predictions.compactMap { $0["probability"] as? Double }
                #expect(probabilities.count == 10 && Set(predictions.compactMap { $0["class"] as? String }).count == 10)
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
                #expect(probabilities == probabilities.sorted(by: >))
            }
        }
    }

    @Test func oneTensorOrABatchGiveTheSameNumbers() throws {
        try withFolder { folder in
            var generator = SeededGenerator(seed: 3)
            let values = (0..<70 * 1024).map { _ in generator.uniform(in: -1...1) }
            var weights = Weights()
            weights["anything"] = Tensor([70, 1, 32, 32], values)
            try Safetensors(weights).write(to: folder + "/many.safetensors")
            var one = Weights()
            one["input"] = Tensor([1, 1, 32, 32], Array(values.suffix(1024)))
            one["other"] = Tensor(1)
            try Safetensors(one).write(to: folder + "/one.safetensors")

            let outputs = "conv1,pool2,fc1,logits"
            for name in ["many", "one"] {
                let result = try Tool.run(
                    "run", "lenet5", "--input", "\(name).safetensors", "--output", "\(name)-out.safetensors", "--outputs", outputs,
                    in: folder)
                #expect(result.status == 0, "\(result.errors)")
            }
            let many = try Safetensors(contentsOf: folder + "/many-out.safetensors").weights
            let last = try Safetensors(contentsOf: folder + "/one-out.safetensors").weights
            #expect(Set(many.paths) == ["conv1", "pool2", "fc1", "logits"])
            #expect(many["conv1"]?.shape == [70, 6, 28, 28] && many["logits"]?.shape == [70, 10])
            for (path, tensor) in last {
                let tail = try #require(many[path]).values.suffix(tensor.values.count)
                #expect(zip(tail, tensor.values).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }, "\(path)")
            }

            let unknown = try Tool.run(
                "run", "lenet5", "--input", "one.safetensors", "--output", "x.safetensors", "--outputs", "conv4", in: folder)
            #expect(unknown.status == 2 && unknown.errors.contains("did you mean conv1?"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/x.safetensors"))
        }
    }

    @Test func tensorsThatDoNotFitAreRefused() throws {
        try withFolder { folder in
            for (name, shape) in [("flat", Shape([4, 1024])), ("deep", [1, 1, 1, 32, 32]), ("none", [0, 1, 32, 32])] {
                var weights = Weights()
                weights["input"] = Tensor(shape, repeating: 0)
                try Safetensors(weights).write(to: "\(folder)/\(name).safetensors")
                let result = try Tool.run(
                    "run", "lenet5", "--input", "\(name).safetensors", "--output", "out.safetensors", in: folder)
                #expect(result.status == 1 && result.errorLines.count == 1, "\(result.errors)")
                #expect(result.errors.contains("\(name).safetensors"))
            }
        }
    }

    @Test(arguments: ["train", "infer"])
    func benchReportsSpeedAndItsShareOfThePeak(_ mode: String) throws {
        let result = try Tool.run("bench", "lenet5", "--mode", mode, "--batch", "32", "--steps", "7", "--threads", "1", "--json")
        #expect(result.status == 0, "\(result.errors)")
        let report = try result.json()
        #expect(report["network"] as? String == "lenet5" && report["mode"] as? String == mode)
        #expect(report["batch"] as? Int == 32 && report["threads"] as? Int == 1 && report["steps"] as? Int == 7)
        let milliseconds = try #require(report["ms_per_step"] as? Double), rate = try #require(report["images_per_second"] as? Double)
        #expect(abs(rate * milliseconds / 32_000 - 1) < 1e-6)
        let gflops = try #require(report["gflops"] as? Double), peak = try #require(report["peak_gflops"] as? Double)
        // Forward alone has 416,520 multiply-adds an image; a training step about three times as many, less the first layer's input gradient.
        let multiplyAdds = mode == "infer" ? 416_520.0 : 3 * 416_520 - 117_600
        #expect(abs(gflops / (2e-9 * multiplyAdds * rate) - 1) < 1e-6)
        #expect(abs((report["fraction_of_peak"] as? Double ?? 0) - gflops / peak) < 1e-9)
        #expect((report["peak_memory_bytes"] as? Int ?? 0) > 1 << 20)
    }

    @Test func weightsAreReadByName() throws {
        try withFolder { folder in
            let weights = try ModelDescription(network: "lenet5").traced().initialWeights(seed: 9)
            try Safetensors(weights).write(to: folder + "/weights.safetensors")
            var input = Weights()
            input["input"] = Tensor([2, 1, 32, 32], repeating: 0.5)
            try Safetensors(input).write(to: folder + "/input.safetensors")
            func logits(_ more: String...) throws -> Tensor? {
                let result = try Tool.run(
                    ["run", "lenet5", "--input", "input.safetensors", "--output", "out.safetensors"] + more, in: folder)
                #expect(result.status == 0, "\(result.errors)")
                return try Safetensors(contentsOf: folder + "/out.safetensors").weights["logits"]
            }
            #expect(try logits("--weights", "weights.safetensors") == logits("--seed", "9"))
            #expect(try logits("--seed", "9") != logits("--seed", "8"))

            var short = weights
            short["fc2.bias"] = nil
            try Safetensors(short).write(to: folder + "/short.safetensors")
            let refused = try Tool.run(
                "run", "lenet5", "--input", "input.safetensors", "--output", "out.safetensors", "--weights", "short.safetensors",
                in: folder)
            #expect(refused.status == 1 && refused.errors.contains("fc2.bias"))
        }
    }
}
