import Foundation
import Striate
import Testing

/// An ONNX file wherever a model is named.
@Suite(.serialized) struct ONNXTests {
    @Test func anExportedFileIsAModelToEveryVerb() throws {
        try withFolder { folder in
            let exported = try Tool.run("export", "lenet5", "--to", "m.onnx", "--seed", "4", in: folder)
            #expect(exported.status == 0, "\(exported.errors)")
            #expect(exported.output.contains("checked: re-imported, 3 random pictures agree "))

            var input = Weights(), generator = SeededGenerator(seed: 3)
            input["input"] = Tensor([5, 1, 32, 32], (0..<5 * 1024).map { _ in generator.uniform(in: -1...1) })
            try Safetensors(input).write(to: folder + "/in.safetensors")
            func logits(_ model: [String]) throws -> Tensor? {
                let result = try Tool.run(["run"] + model + ["--input", "in.safetensors", "--output", "out.safetensors"], in: folder)
                #expect(result.status == 0, "\(result.errors)")
                return try Safetensors(contentsOf: folder + "/out.safetensors").weights["logits"]
            }
            let expected = try #require(try logits(["lenet5", "--seed", "4"])), found = try #require(try logits(["m.onnx"]))
            #expect(expected.shape == found.shape)
            #expect(zip(expected.values, found.values).allSatisfy { abs($0 - $1) < 1e-5 })

            let summary = try Tool.run("summary", "m.onnx", "--json", in: folder).json()
            #expect(summary["parameters"] as? Int == 61_706 && summary["multiply_adds"] as? Int == 416_520)
            let bench = try Tool.run("bench", "m.onnx", "--mode", "infer", "--steps", "2", "--batch", "16", "--json", in: folder).json()
            #expect(bench["network"] as? String == "lenet5")
            // The seed also draws the digits.
            let original = try Tool.run("evaluate", "lenet5", "--seed", "4", "--data", "digits", "--json", in: folder).json()
            let evaluated = try Tool.run("evaluate", "m.onnx", "--seed", "4", "--data", "digits", "--json", in: folder).json()
            #expect(original["samples"] as? Int == evaluated["samples"] as? Int)
            let losses = [original, evaluated].compactMap { $0["loss"] as? Double }
            #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-5)
        }
    }

    @Test func aRunThatTrainsAnImportedModelNeedsTheFileNoMore() throws {
        try withFolder { folder in
            #expect(try Tool.run("export", "lenet5-d2l", "--to", "m.onnx", "--with-preprocessing", in: folder).status == 0)
            let arguments = ["--data", "digits", "--limit", "256", "--epochs", "1", "--batch", "64", "--rate", "0.1", "--run", "r", "--quiet"]
            let trained = try Tool.run(["train", "m.onnx"] + arguments, in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            try FileManager.default.removeItem(atPath: folder + "/m.onnx")
            #expect(try Tool.run("evaluate", "r", "--data", "digits", "--json", in: folder).status == 0)
            let resumed = try Tool.run("train", "--resume", "r", "--epochs", "2", "--quiet", in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            let again = try Tool.run("export", "r", "--to", "again.onnx", "--json", in: folder)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try again.json()["file"] as? String == "again.onnx")
        }
    }

    @Test func whatCannotBeWrittenOrReadIsToldInOneLine() throws {
        try withFolder { folder in
            let suffix = try Tool.run("export", "lenet5", "--to", "m.txt", in: folder)
            #expect(suffix.status == 2 && suffix.errorLines.count == 1)
            let flag = try Tool.run("export", "lenet5", "--to", "m.safetensors", "--with-preprocessing", in: folder)
            #expect(flag.status == 2 && flag.errorLines.count == 1)
            let place = try Tool.run("export", "lenet5", "--to", "missing/m.onnx", in: folder)
            #expect(place.status == 1 && place.errorLines.count == 1)
            try Data("not protobuf".utf8).write(to: URL(fileURLWithPath: folder + "/bad.onnx"))
            let mean = try Tool.run("export", "lenet5", "--to", "m.onnx", "--mean", "0.5", in: folder)
            #expect(mean.status == 2 && mean.errors.contains("lenet5 has its own preprocessing"))
            let bad = try Tool.run("summary", "bad.onnx", in: folder)
            #expect(bad.status == 1 && bad.errorLines == ["striate: bad.onnx: is not an ONNX file, or is damaged"])
        }
    }
}
