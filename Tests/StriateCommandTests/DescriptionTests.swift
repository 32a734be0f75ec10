import Foundation
import Striate
import Testing

@Suite struct DescriptionTests {
    @Test func networksAreListedWithTheirSizes() throws {
        let result = try Tool.run("networks", "--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        let networks = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let sizes = Dictionary(uniqueKeysWithValues: networks.map { ($0["name"] as? String ?? "", $0["parameters"] as? Int ?? 0) })
        #expect(sizes == ["lenet5": 61_706, "lenet5-d2l": 61_706, "lenet5-cifar": 62_006, "cifar-cnn": 145_578])
        #expect(networks.allSatisfy { ($0["source"] as? String)?.isEmpty == false })
        #expect(networks.first?["input"] as? [Int] == [1, 32, 32])
        #expect(try Tool.run("networks").output.contains("61,706"))
    }

    @Test(arguments: [("lenet5", 61_706, 416_520), ("lenet5-cifar", 62_006, 651_720), ("cifar-cnn", 145_578, 12_354_176)])
    func summaryAddsUp(_ network: String, _ parameters: Int, _ multiplyAdds: Int) throws {
        let summary = try Tool.run("summary", network, "--json").json()
        #expect(summary["parameters"] as? Int == parameters)
        #expect(summary["multiply_adds"] as? Int == multiplyAdds)
        let layers = try #require(summary["layers"] as? [[String: Any]])
        #expect(layers.reduce(0) { $0 + ($1["parameters"] as? Int ?? 0) } == parameters)
        #expect(layers.reduce(0) { $0 + ($1["multiply_adds"] as? Int ?? 0) } == multiplyAdds)
        #expect(layers.allSatisfy { $0["name"] is String && $0["kind"] is String && $0["output_shape"] is [Int] })
    }

    @Test func summaryFollowsTheOptions() throws {
        let table = try Tool.run("summary", "lenet5", "--activation", "relu", "--pooling", "max", "--classes", "3").output
        #expect(table.contains("ReLU") && table.contains("MaxPool") && !table.contains("Sigmoid"))
        #expect(table.contains("3 classes"))
        // 61,706 − 7 · (84 + 1)
        #expect(table.contains("61,111"))
        let wide = try Tool.run("summary", "cifar-cnn", "--input", "1x64x64", "--json").json()
        #expect(wide["parameters"] as? Int == 145_578 - 2 * 32 * 25 + 3 * 64 * 1024)
    }

    @Test func dataSetsAreListed() throws {
        let result = try Tool.run("data", "list", "--json")
        let sets = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(sets.map { $0["name"] as? String } == ["digits", "mnist", "fashion-mnist", "cifar10"])
        #expect(sets.allSatisfy { $0["train"] is Int && $0["test"] is Int && $0["classes"] is [String] && $0["path"] is NSNull })
    }

    @Test func aDataSetIsDescribed() throws {
        let info = try Tool.run("data", "info", "digits", "--json", "--quiet").json()
        #expect(info["train"] as? Int == Catalog.digits.trainCount && info["test"] as? Int == Catalog.digits.testCount)
        #expect(info["classes"] as? [String] == (0...9).map(String.init))
        let counts = try #require(info["counts"] as? [[String: Any]])
        #expect(counts.reduce(0) { $0 + ($1["train"] as? Int ?? 0) } == Catalog.digits.trainCount)
    }

    @Test func plainOutputHasNoEscapes() throws {
        for arguments in [["networks"], ["summary", "lenet5"], ["data", "list"]] {
            #expect(!(try Tool.run(arguments, environment: ["TERM": "xterm-256color"]).output.contains("\u{1B}")))
        }
    }
}
