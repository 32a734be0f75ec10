import StriateGraph
import StriateNetworks
import Testing

@Suite struct CatalogTests {
    @Test(arguments: [("lenet-5", "lenet5"), ("LeNet5", "lenet5"), ("cifar-cn", "cifar-cnn"), ("lenet5-d2", "lenet5-d2l")])
    func aMistypedNameIsAnsweredWithTheNearest(_ typed: String, _ meant: String) {
        #expect(throws: NetworkError("there is no network called \"\(typed)\"; did you mean \(meant)?")) {
            try NetworkCatalog.network(named: typed)
        }
    }

    @Test func anUnknownNameIsAnsweredWithTheList() {
        #expect(throws: NetworkError(
            "there is no network called \"transformer\"; known networks: lenet5, lenet5-d2l, lenet5-cifar, cifar-cnn")
        ) { try NetworkCatalog.network(named: "transformer") }
        #expect(throws: NetworkError.self) { try NetworkCatalog.network(named: "") }
        #expect(throws: NetworkError.self) { try NetworkCatalog.network(named: String(repeating: "x", count: 100_000)) }
    }

    @Test func optionsOutsideTheListAreRefused() {
        #expect(throws: NetworkError("--activation of lenet5 cannot be \"sigmod\"; did you mean sigmoid?")) {
            try ModelDescription(network: "lenet5", options: ["activation": "sigmod"])
        }
        #expect(throws: NetworkError("--pooling of lenet5 cannot be \"median\"; it takes average, max")) {
            try ModelDescription(network: "lenet5", options: ["pooling": "median"])
        }
        #expect(throws: NetworkError("cifar-cnn has no option --pooling; it has --initializer")) {
            try ModelDescription(network: "cifar-cnn", options: ["pooling": "max"])
        }
    }

    @Test func optionsAreCompletedWithTheirDefaults() throws {
        #expect(try ModelDescription(network: "lenet5", options: ["pooling": "max"]).options
            == ["activation": "sigmoid", "pooling": "max", "initializer": "pytorch"])
        #expect(try ModelDescription(network: "lenet5-d2l").options == ["initializer": "xavier"])
    }

    @Test func recipesAreThePublishedOnes() throws {
        #expect(try NetworkCatalog.network(named: "lenet5").recipe == Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9))
        #expect(try NetworkCatalog.network(named: "lenet5-d2l").recipe
            == Recipe(epochs: 10, batch: 256, rate: 0.9, initialization: .xavier))
        #expect(try NetworkCatalog.network(named: "lenet5-cifar").recipe == Recipe(epochs: 2, batch: 4, rate: 0.001, momentum: 0.9))
    }

    @Test func preprocessingFollowsTheChannels() throws {
        let lenet5 = try NetworkCatalog.network(named: "lenet5")
        #expect(try lenet5.preprocessing() == Preprocessing([1, 32, 32], mean: [0.1307], standardDeviation: [0.3081]))
        #expect(try lenet5.preprocessing(for: [3, 40, 32]).mean == [0.1307, 0.1307, 0.1307])
        #expect(throws: NetworkError.self) { try lenet5.preprocessing(for: [32, 32]) }
        #expect(throws: NetworkError.self) { try lenet5.preprocessing(for: [0, 32, 32]) }
    }
}
