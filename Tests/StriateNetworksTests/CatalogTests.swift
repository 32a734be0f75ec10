import StriateGraph
import StriateNetworks
import Testing

@Suite struct CatalogTests {
    @Test(arguments: [
        ("lenet-5", "lenet5"), ("LeNet5", "lenet5"), ("cifar-cn", "cifar-cnn"), ("lenet5-d2", "lenet5-d2l"), ("vgg16bn", "vgg16-bn"), ("resnet1O1", "resnet101"),
    ])
    func aMistypedNameIsAnsweredWithTheNearest(_ typed: String, _ meant: String) {
        #expect(throws: NetworkError("there is no network called \"\(typed)\"; did you mean \(meant)?")) {
            try NetworkCatalog.network(named: typed)
        }
    }

    @Test func anUnknownNameIsAnsweredWithTheList() {
        let names = NetworkCatalog.networks.map(\.name).joined(separator: ", ")
        #expect(throws: NetworkError("there is no network called \"transformer\"; known networks: \(names)")) {
            try NetworkCatalog.network(named: "transformer")
        }
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
        #expect(try ModelDescription(network: "vgg16-bn").options == ["initializer": "published"])
    }

    @Test func recipesAreThePublishedOnes() throws {
        #expect(try NetworkCatalog.network(named: "lenet5").recipe == Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9))
        #expect(try NetworkCatalog.network(named: "lenet5-d2l").recipe
            == Recipe(epochs: 10, batch: 256, rate: 0.9, initialization: .xavier))
        #expect(try NetworkCatalog.network(named: "lenet5-cifar").recipe == Recipe(epochs: 2, batch: 4, rate: 0.001, momentum: 0.9))
    }

    @Test func recipesOfLargeNetworksAreTorchvisionsOrThePapers() throws {
        func recipe(_ name: String) throws -> Recipe { try NetworkCatalog.network(named: name).recipe }
        let torchvision = Recipe(
            epochs: 90, batch: 256, rate: 0.1, momentum: 0.9, weightDecay: 1e-4, schedule: "step:30:0.1", initialization: .published)
        #expect(try recipe("resnet50") == torchvision)
        #expect(try recipe("vgg16").rate == 0.01)
        // He et al.: 64,000 steps of 128, a tenth of the rate after 32,000 and 48,000; an epoch has 391 steps.
        let cifar = try recipe("resnet56")
        #expect((cifar.batch, cifar.rate, cifar.weightDecay, cifar.schedule) == (128, 0.1, 1e-4, "milestones:50%,75%:0.1"))
        #expect(cifar.epochs * 391 > 64_000 && 82 * 391 >= 32_000 && 123 * 391 >= 48_000)
        #expect(try recipe("alexnet").weightDecay == 5e-4 && recipe("alexnet").batch == 128)
    }

    @Test func imageNetPicturesAreCutOutOfTheMiddle() throws {
        let resnet = try NetworkCatalog.network(named: "resnet50")
        #expect(try resnet.preprocessing() == Preprocessing(
            [3, 224, 224], fit: .crop(of: 256), mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225]))
        #expect(try resnet.preprocessing(for: [3, 32, 32]).fit == .resize)
        #expect(try resnet.preprocessing(for: [1, 224, 224]).fit == .crop(of: 256))
        // What torchvision's `transform_input` makes of ImageNet's normalisation.
        #expect(try NetworkCatalog.network(named: "googlenet").preprocessing().mean == [0.5, 0.5, 0.5])
    }

    @Test func preprocessingFollowsTheChannels() throws {
        let lenet5 = try NetworkCatalog.network(named: "lenet5")
        #expect(try lenet5.preprocessing() == Preprocessing([1, 32, 32], mean: [0.1307], standardDeviation: [0.3081]))
        #expect(try lenet5.preprocessing(for: [3, 40, 32]).mean == [0.1307, 0.1307, 0.1307])
        #expect(throws: NetworkError.self) { try lenet5.preprocessing(for: [32, 32]) }
        #expect(throws: NetworkError.self) { try lenet5.preprocessing(for: [0, 32, 32]) }
    }
}
