import Foundation
import Testing

/// Where time and memory go.
@Suite struct BenchTests {
    @Test(arguments: ["train", "infer"]) func layersAreTimedAndAddUpToAStep(_ mode: String) throws {
        let result = try Tool.run("bench", "lenet5", "--mode", mode, "--batch", "32", "--steps", "9", "--layers", "--json")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        let report = try result.json()
        #expect((report["peak_gb_per_second"] as? Double ?? 0) > 0)
        let layers = try #require(report["layers"] as? [[String: Any]]), kinds = try #require(report["kinds"] as? [[String: Any]])
        for rows in [layers, kinds] {
            let shares = rows.compactMap { $0["share"] as? Double }
            #expect(shares.count == rows.count && shares.allSatisfy { $0 >= 0 } && abs(shares.reduce(0, +) - 1) < 1e-9)
        }
        // The direct algorithm's, as the whole measurement counts them.
        func operations(_ rows: [[String: Any]]) -> Double {
            rows.reduce(0) { $0 + ($1["gflops"] as? Double ?? 0) * ($1["ms"] as? Double ?? 0) }
        }
        let step = (report["gflops"] as? Double ?? 0) * (report["ms_per_step"] as? Double ?? 0)
        #expect(abs(operations(layers) / step - 1) < 1e-6 && abs(operations(kinds) / step - 1) < 1e-6)
        let names = layers.compactMap { $0["operation"] as? String }
        let forward = try #require(names.firstIndex { $0.hasPrefix("convolution 5×5") })
        #expect(layers[forward]["layer"] as? String == "conv1" && (layers[forward]["bytes"] as? Int ?? 0) > 32 * 1024 * 4)
        if mode == "train" {
            let gradient = try #require(names.firstIndex { $0.hasPrefix("convolution-weight-gradient") })
            let update = try #require(names.firstIndex { $0.hasPrefix("gradient-descent") })
            #expect(forward < gradient && gradient < update)
        } else {
            #expect(!names.contains { $0.contains("gradient") })
        }
        for row in layers {
            guard let share = row["fraction_of_roofline"] as? Double else { continue }
            let time = try #require(row["ms"] as? Double), above = try #require(row["ms_above_roofline"] as? Double)
            #expect(abs(time * (1 - share) - above) <= 1e-9 * time)
        }
    }

    @Test func tablesShowStepsKindsAndTheSlowest() throws {
        let result = try Tool.run("bench", "lenet5", "--batch", "16", "--steps", "3", "--layers")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        for title in ["images/s", "of memory at most", "This machine does", "By kind:", "Furthest above the roofline:"] {
            #expect(lines.contains { $0.contains(title) }, "\(title)")
        }
        #expect(lines.contains { $0.hasPrefix("convolution-weight-gradient 5×5") && $0.contains("conv2") })
        #expect(lines.count { $0.hasPrefix("total") && $0.contains("100.0 %") } == 2)
        let last = try #require(lines.lastIndex { $0.hasPrefix("operation") })
        #expect(lines.count - last - 2 == 10)
        #expect(!(try Tool.run("bench", "lenet5", "--batch", "16", "--steps", "3").output.contains("kind")))
    }

    /// What a process has beside the program's own memory, the made-up pictures included, is much the same for every network.
    @Test(arguments: [
        ["alexnet", "--batch", "16"], ["resnet18", "--input", "3x64x64", "--batch", "64"],
    ])
    func summaryPredictsTheMemoryThatATrainingStepTakes(_ network: [String]) throws {
        func bench(_ arguments: [String]) throws -> (peak: Double, planned: Double) {
            let report = try Tool.run(["bench"] + arguments + ["--steps", "1", "--threads", "2", "--json"]).json()
            return (Double(try #require(report["peak_memory_bytes"] as? Int)), Double(try #require(report["planned_memory_bytes"] as? Int)))
        }
        let small = try bench(["lenet5", "--batch", "1"]), measured = try bench(network)
        let summary = try Tool.run(["summary"] + network + ["--training", "--threads", "2", "--json"]).json()
        let plan = try #require(summary["plan"] as? [String: Any])
        let predicted = Double(try #require(plan["memory_bytes"] as? Int))
        #expect(predicted == measured.planned)
        #expect(abs(measured.peak - (small.peak - small.planned) - predicted) < 0.04 * predicted)
        #expect(plan["mode"] as? String == "train" && plan["threads"] as? Int == 2)
    }

    @Test func summaryPlansInferenceWhereABatchIsGiven() throws {
        func plan(_ arguments: String...) throws -> [String: Any]? {
            try Tool.run(["summary", "vgg11", "--threads", "1", "--json"] + arguments).json()["plan"] as? [String: Any]
        }
        #expect(try plan() == nil)
        let infer = try #require(try plan("--batch", "16")), train = try #require(try plan("--batch", "16", "--training"))
        #expect(infer["mode"] as? String == "infer" && infer["batch"] as? Int == 16)
        // The parameters, and in training their velocities too.
        #expect(infer["variables_bytes"] as? Int == 4 * 132_863_336 && train["variables_bytes"] as? Int == 8 * 132_863_336)
        let (less, more) = (infer["memory_bytes"] as? Int ?? 0, train["memory_bytes"] as? Int ?? 0)
        #expect(less > 4 * 132_863_336 && more > less)
        let text = try Tool.run("summary", "vgg11", "--batch", "1").output
        #expect(text.contains("Inference of 1 image on ") && text.contains(" of variables"))
        #expect(try Tool.run("summary", "vgg11", "--training").output.contains("A training step of "))
    }
}
