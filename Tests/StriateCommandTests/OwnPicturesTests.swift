import Foundation
import Striate
import Testing

/// A person's own folder of pictures, from training to prediction.
@Suite(.serialized) struct OwnPicturesTests {
    /// Pictures of many sizes: stripes along or across, some grey, some transparent in places.
    private func fill(_ folder: String, _ count: Int = 24) throws {
        for file in 0..<count {
            var generator = SeededGenerator(seed: 5, stream: UInt64(file))
            let rows = 20 + generator.below(60), columns = 20 + generator.below(60), isAcross = file % 2 == 0
            let shape: Shape = [file % 5 == 0 ? 1 : 3, rows, columns]
            let pixels = (0..<shape.count).map { index -> UInt8 in
                let place = isAcross ? index / columns % rows : index % columns
                return UInt8((place / 6 % 2) * 150 + generator.below(100))
            }
            let path = "\(folder)/\(isAcross ? "across" : "along")/Bild \(file).png"
            try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(PNG.encode(Picture(shape: shape, pixels: pixels))).write(to: URL(fileURLWithPath: path))
        }
    }

    private func probabilities(_ model: String, _ images: [String], in folder: String) throws -> [[String: Double]] {
        let result = try Tool.run(["predict", model] + images + ["--json"], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return try result.jsonLines().map { line in
            let answers = try #require(line["predictions"] as? [[String: Any]])
            return Dictionary(uniqueKeysWithValues: answers.map { ($0["class"] as? String ?? "", $0["probability"] as? Double ?? -1) })
        }
    }

    @Test func preprocessingIsTheSameInTrainingPredictionEvaluationAndTheExportedFile() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            let trained = try Tool.run(
                "train", "lenet5-cifar", "--data", "data", "--epochs", "3", "--rate", "0.02", "--batch", "4", "--background", "ff8000", "--val-share", "0.4",
                "--augment", "flip", "--workers", "2", "--json", "--run", "r", in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            // What the run was judged by, from its own table.
            let table = try String(contentsOfFile: folder + "/r/split.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",") }
            let tests = table.filter { $0.count == 3 && $0[2] == "test" }
            #expect(tests.count == 10 && table.count == 25)
            let images = tests.map { "data/" + $0[0] }

            let predicted = try probabilities("r", images, in: folder)
            let right = zip(predicted, tests).count { answers, row in answers.max { $0.value < $1.value }?.key == String(row[1]) }
            let evaluated = try Tool.run("evaluate", "r", "--data", "data", "--json", in: folder).json()
            #expect(evaluated["samples"] as? Int == 10)
            #expect(evaluated["accuracy"] as? Double == Double(right) / 10)
            let loss = zip(predicted, tests).reduce(0) { $0 - log($1.0[String($1.1[1])] ?? 0) } / 10
            #expect(abs((evaluated["loss"] as? Double ?? 0) - loss) < 1e-4)
            let best = try trained.jsonLines().compactMap { $0["val_accuracy"] as? Double }.max()
            #expect(best == evaluated["accuracy"] as? Double)

            // The exported file takes bytes as they come from a decoder and a resizer.
            #expect(try Tool.run("export", "r", "--to", "m.onnx", "--with-preprocessing", in: folder).status == 0)
            let model = try ModelFile.read(folder + "/r/best.safetensors").metadata
            #expect(model.preprocessing.background == Colour(red: 255, green: 128, blue: 0))
            var input = Weights()
            let pixels = try images.flatMap { try Picture.read(contentsOf: folder + "/" + $0, for: model.preprocessing).pixels.map(Float.init) }
            input["pixels"] = Tensor([10, 3, 32, 32], pixels)
            try Safetensors(input).write(to: folder + "/in.safetensors")
            let run = try Tool.run("run", "m.onnx", "--input", "in.safetensors", "--output", "out.safetensors", in: folder)
            #expect(run.status == 0, "\(run.errors)")
            let logits = try #require(try Safetensors(contentsOf: folder + "/out.safetensors").weights["logits"]).values
            for (index, answers) in predicted.enumerated() {
                let powers = logits[2 * index..<2 * index + 2].map { exp(Double($0)) }
                for (place, name) in model.classes.enumerated() {
                    #expect(abs(powers[place] / powers.reduce(0, +) - (answers[name] ?? -1)) < 1e-5)
                }
            }
            for (one, other) in zip(predicted, try probabilities("m.onnx", images, in: folder)) {
                #expect(one.allSatisfy { abs($0.value - (other[$0.key] ?? -1)) < 1e-5 })
            }
        }
    }

    @Test func mirrorImagesAreAnsweredAlikeWhereLogitsAreAveragedOverThem() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            #expect(try Tool.run("train", "lenet5-cifar", "--data", "data", "--epochs", "1", "--quiet", "--run", "r", in: folder).status == 0)
            let picture = try Picture.read(contentsOf: folder + "/data/along/Bild 1.png")
            for (name, picture) in [("one.png", picture), ("other.png", picture.flippedHorizontally())] {
                try Data(PNG.encode(picture)).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            func answers(_ flags: String...) throws -> [[String: Double]] {
                let result = try Tool.run(["predict", "r", "one.png", "other.png", "--json"] + flags, in: folder)
                #expect(try result.jsonLines().allSatisfy { $0["tta"] as? String == flags.last })
                return try probabilities("r", ["one.png", "other.png"] + flags, in: folder)
            }
            func distance(_ answers: [[String: Double]]) -> Double {
                answers[0].map { abs($0.value - (answers[1][$0.key] ?? -1)) }.max() ?? 1
            }
            #expect(try distance(answers()) > 1e-4)
            #expect(try distance(answers("--tta", "flip")) < 1e-6)
            #expect(try distance(answers("--tta", "flip-shift")) > 0)
            let refused = try Tool.run("predict", "r", "one.png", "--tta", "flips", in: folder)
            #expect(refused.status == 2 && refused.errors.contains("did you mean flip?"), "\(refused.errors)")
        }
    }

    @Test func predictionsNameTheirFiles() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder + "/data/along/Bild 0.png"))
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder + "/data/along/Bild 99.png"))
            #expect(try Tool.run("train", "lenet5-cifar", "--data", "data", "--epochs", "1", "--quiet", "--run", "r", in: folder).status == 0)
            for cache in ["none", "ram"] {
                let tested = try Tool.run(
                    "evaluate", "r", "--data", "data", "--tta", "flip", "--predictions", "p.csv", "--cache", cache, "--json", in: folder).json()
                #expect(tested["tta"] as? String == "flip")
                let rows = try String(contentsOfFile: folder + "/p.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",") }
                #expect(rows[0] == ["image", "class", "answer", "probability", "path"] && rows.count == 1 + (tested["samples"] as? Int ?? 0))
                #expect(rows.dropFirst().allSatisfy { $0[4].hasPrefix("data/\($0[1])/Bild") && !$0[4].hasSuffix("Bild 0.png") })
                #expect(Set(rows.dropFirst().map { $0[4] }).count == rows.count - 1)
                let right = rows.dropFirst().count { $0[1] == $0[2] }
                #expect(tested["accuracy"] as? Double == Double(right) / Double(rows.count - 1))
            }
        }
    }

    @Test func aRunGoesOnWithItsOwnSplitAndSeesTheSameWhateverTheWorkers() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            let train = ["train", "lenet5-cifar", "--data", "data", "--batch", "4", "--augment", "flip,crop:4,mixup", "--quiet"]
            let whole = try Tool.run(train + ["--epochs", "2", "--workers", "1", "--cache", "none", "--run", "whole"], in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            #expect(try Tool.run(train + ["--epochs", "1", "--workers", "3", "--run", "parts"], in: folder).status == 0)
            // What is new is not learned from.
            try FileManager.default.copyItem(atPath: folder + "/data/along/Bild 1.png", toPath: folder + "/data/along/new.png")
            let resumed = try Tool.run("train", "--resume", "parts", "--epochs", "2", "--cache", "ram", in: folder)
            #expect(resumed.status == 0 && resumed.errors.contains("new.png: was not there when the run began"), "\(resumed.errors)")
            #expect(FileManager.default.contentsEqual(atPath: folder + "/whole/last.safetensors", andPath: folder + "/parts/last.safetensors"))
            let table = try String(contentsOfFile: folder + "/parts/split.csv", encoding: .utf8)
            let learned = try #require(table.split(separator: "\n").first { $0.hasSuffix(",train") }?.split(separator: ",").first)
            try FileManager.default.removeItem(atPath: folder + "/data/" + learned)
            let other = try Tool.run("train", "--resume", "parts", "--epochs", "3", in: folder)
            #expect(other.status == 1 && other.errors.contains("give it the same images"), "\(other.errors)")
        }
    }

    @Test func brokenFilesAreToldCheckedAndRefused() throws {
        try withFolder { folder in
            try fill(folder + "/data", 12)
            try Data("P6 3 3 255\nxyz".utf8).write(to: URL(fileURLWithPath: folder + "/data/along/cut.ppm"))
            try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/data/along/notes.txt"))
            #expect(mkfifo(folder + "/data/along/pipe", 0o600) == 0)
            let info = try Tool.run("data", "info", "data", "--check", "--json", "--quiet", in: folder).json()
            #expect(info["skipped"] as? Int == 2 && (info["broken"] as? [String])?.first?.contains("cut.ppm: claims 3×3 pixels") == true)
            let arguments = ["train", "lenet5-cifar", "--data", "data", "--epochs", "1", "--run", "r"]
            let strict = try Tool.run(arguments + ["--strict"], in: folder)
            #expect(strict.status == 1 && strict.errorLines.count == 1 && strict.errors.contains("notes.txt: is no picture"), "\(strict.errors)")
            for name in ["notes.txt", "pipe"] { try FileManager.default.removeItem(atPath: folder + "/data/along/" + name) }
            for cache in ["none", "ram"] {
                let refused = try Tool.run(arguments + ["--strict", "--cache", cache, "--batch", "100"], in: folder)
                #expect(refused.status == 1 && refused.errors.contains("cut.ppm: claims 3×3 pixels"), "\(refused.errors)")
                try? FileManager.default.removeItem(atPath: folder + "/r")
                let told = try Tool.run(arguments + ["--cache", cache], in: folder)
                #expect(told.status == 0 && told.errorLines.count { $0.contains("skipped: ") && $0.contains("cut.ppm") } == 1, "\(told.errors)")
                try FileManager.default.removeItem(atPath: folder + "/r")
            }
            for (flag, value) in [("--cache", "floppy"), ("--workers", "0"), ("--background", "ff80"), ("--val-share", "1.5"), ("--augment", "flop")] {
                let result = try Tool.run(arguments + [flag, value], in: folder)
                #expect(result.status == 2 && result.errorLines.count <= 2, "\(flag): \(result.errors)")
            }
        }
    }

    @Test func labelsFollowNamesAndStrangersAreRefused() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            #expect(try Tool.run(
                "train", "lenet5-cifar", "--data", "data", "--epochs", "2", "--rate", "0.02", "--batch", "4", "--quiet", "--run", "r", in: folder).status == 0)
            // The same pictures under one class alone: the other is not shifted to its place.
            try FileManager.default.createDirectory(atPath: folder + "/some/test", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: folder + "/data/along", toPath: folder + "/some/test/along")
            let some = try Tool.run("evaluate", "r", "--data", "some", "--json", in: folder)
            let confusion = try #require(try some.json()["confusion"] as? [[Int]], "\(some.errors)")
            #expect(confusion[0] == [0, 0] && confusion[1].reduce(0, +) == 12)
            try FileManager.default.moveItem(atPath: folder + "/some/test/along", toPath: folder + "/some/test/aslant")
            let strangers = try Tool.run("evaluate", "r", "--data", "some", in: folder)
            #expect(strangers.status == 1 && strangers.errors.contains("its class aslant is none of the 2"), "\(strangers.errors)")
        }
    }
}
