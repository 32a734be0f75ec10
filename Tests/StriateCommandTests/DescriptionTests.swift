import Foundation
import Striate
import StriateCommand
import Testing

@Suite struct DescriptionTests {
    @Test func networksAreListedWithTheirSizes() throws {
        let result = try Tool.run("networks", "--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        let networks = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let sizes = Dictionary(uniqueKeysWithValues: networks.map { ($0["name"] as? String ?? "", $0["parameters"] as? Int ?? 0) })
        for (name, size) in [
            "lenet5-1998": 60_000, "lenet5": 61_706, "lenet5-d2l": 61_706, "lenet5-cifar": 62_006, "cifar-cnn": 145_578, "mnist-cnn": 72_666,
            "resnet9": 6_573_120, "airbench": 1_972_792,
            "resnet20": 269_722, "alexnet": 62_378_344, "vgg19-bn": 143_678_248, "googlenet": 6_624_904, "resnet152": 60_192_808,
        ] { #expect(sizes[name] == size) }
        #expect(networks.count == 30)
        #expect(networks.allSatisfy { ($0["source"] as? String)?.isEmpty == false })
        #expect(networks.first?["input"] as? [Int] == [1, 32, 32])
        #expect(try Tool.run("networks").output.contains("61,706"))
    }

    @Test(arguments: NetworkCatalog.networks.map(\.name))
    func summaryAddsUpForEveryNetwork(_ network: String) throws {
        let summary = try Tool.run("summary", network, "--json").json()
        let parameters = try NetworkCatalog.network(named: network).parameterCount
        #expect(summary["parameters"] as? Int == parameters)
        let layers = try #require(summary["layers"] as? [[String: Any]]).filter { $0["container"] as? Bool == false }
        #expect(layers.reduce(0) { $0 + ($1["parameters"] as? Int ?? 0) } == parameters)
        #expect(layers.reduce(0) { $0 + ($1["multiply_adds"] as? Int ?? 0) } == summary["multiply_adds"] as? Int)
        #expect(layers.allSatisfy { $0["name"] is String && $0["kind"] is String && $0["output_shape"] is [Int] })
        let table = try Tool.run("summary", network).output
        #expect(table.contains(Numbers.grouped(parameters)))
    }

    @Test(arguments: [
        ("lenet5", 416_520), ("lenet5-1998", 325_680), ("cifar-cnn", 12_354_176), ("mnist-cnn", 7_338_880), ("resnet9", 379_261_952), ("airbench", 118_147_360), ("alexnet", 1_135_256_096),
        ("vgg16", 15_470_264_320), ("googlenet", 1_498_376_192), ("resnet50", 4_089_184_256), ("resnet20", 40_551_040),
    ])
    func summaryPrintsThePublishedMultiplyAdds(_ network: String, _ multiplyAdds: Int) throws {
        #expect(try Tool.run("summary", network, "--json").json()["multiply_adds"] as? Int == multiplyAdds)
        #expect(try Tool.run("summary", network).output.contains(Numbers.grouped(multiplyAdds)))
    }

    @Test func summaryOfLeNet5Of1998CountsConnections() throws {
        let table = try Tool.run("summary", "lenet5-1998").output
        for number in ["60,000", "340,908", "122,304", "5,880", "151,600", "2,000", "48,120", "10,164", "1,516"] {
            #expect(table.contains(number))
        }
        #expect(try Tool.run("summary", "lenet5-1998", "--json").json()["connections"] as? Int == 340_908)
        #expect(!(try Tool.run("summary", "lenet5").output.contains("connections")))
    }

    @Test func summaryTellsWhatAuxiliaryHeadsAdd() throws {
        let table = try Tool.run("summary", "googlenet").output
        #expect(table.contains("6,624,904") && table.contains("13,004,888"))
        #expect(try Tool.run("summary", "googlenet", "--json").json()["auxiliary_parameters"] as? Int == 6_379_984)
        #expect(try Tool.run("summary", "googlenet-2014").output.contains("13,378,280"))
    }

    @Test func aPictureTooSmallIsOneClearLine() throws {
        let result = try Tool.run("summary", "vgg16", "--input", "3x16x16")
        #expect(result.status != 0 && result.errorLines.count == 1)
        #expect(result.errors.contains("features.30: a kernel of 2×2 does not fit into a picture of 1×1"))
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
