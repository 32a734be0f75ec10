import StriateGraph

/// Networks for ImageNet: 1000 classes unless the data say otherwise.
extension NetworkDescription {
    static let alexnet = imageNet(
        name: "alexnet",
        summary: "AlexNet with the paper's layers in one tower: overlapping pools, response normalisation, dropout",
        source: "Krizhevsky, Sutskever, Hinton 2012, ImageNet classification with deep convolutional neural networks, NIPS",
        size: 227, parameterCount: 62_378_344,
        // The paper divides the rate by ten, three times, by hand.
        recipe: Recipe(
            epochs: 90, batch: 128, rate: 0.01, momentum: 0.9, weightDecay: 5e-4, schedule: "milestones:30,60,80:0.1",
            initialization: .published)
    ) { AlexNet(classes: $0) }

    static let alexnetTorchvision = imageNet(
        name: "alexnet-torchvision",
        summary: "AlexNet as torchvision has it: narrower, without normalisation",
        source: "torchvision, alexnet; after Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks",
        parameterCount: 61_100_840, recipe: torchvisionRecipe(rate: 0.01)
    ) { AlexNetTorchvision(classes: $0) }

    static func vgg(_ depth: VGG.Depth, hasBatchNorm: Bool) -> NetworkDescription {
        let parameterCount =
            switch depth {
            case .vgg11: hasBatchNorm ? 132_868_840 : 132_863_336
            case .vgg13: hasBatchNorm ? 133_053_736 : 133_047_848
            case .vgg16: hasBatchNorm ? 138_365_992 : 138_357_544
            case .vgg19: hasBatchNorm ? 143_678_248 : 143_667_240
            }
        return imageNet(
            name: "vgg\(depth.rawValue)" + (hasBatchNorm ? "-bn" : ""),
            summary: "VGG of \(depth.rawValue) layers: 3×3 convolutions" + (hasBatchNorm ? " with batch norm" : ""),
            source: "Simonyan, Zisserman 2015, Very deep convolutional networks for large-scale image recognition, ICLR; torchvision",
            parameterCount: parameterCount, recipe: torchvisionRecipe(rate: 0.01)
        ) { VGG(depth, hasBatchNorm: hasBatchNorm, classes: $0) }
    }

    static let googlenet2014 = imageNet(
        name: "googlenet-2014",
        summary: "GoogLeNet as published: biases, response normalisation, 5×5 branches, two auxiliary heads",
        source: "Szegedy, Liu, Jia et al. 2015, Going deeper with convolutions, CVPR",
        parameterCount: 6_998_552,
        // The paper's schedule; rate, batch, decay and length are those of Caffe's replica.
        recipe: Recipe(
            epochs: 60, batch: 32, rate: 0.01, momentum: 0.9, weightDecay: 2e-4, schedule: "step:8:0.96", initialization: .published)
    ) { GoogLeNet2014(classes: $0) }

    static let googlenet = imageNet(
        name: "googlenet",
        summary: "GoogLeNet as torchvision has it: batch norm, 3×3 branches, two auxiliary heads",
        source: "Szegedy, Liu, Jia et al. 2015, Going deeper with convolutions, CVPR; torchvision",
        // What torchvision's published weights see once the network has re-scaled its input.
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        parameterCount: 6_624_904, recipe: torchvisionRecipe(rate: 0.1)
    ) { GoogLeNet(classes: $0) }

    static func resnet(_ depth: ResNet.Depth) -> NetworkDescription {
        let parameterCount =
            switch depth {
            case .resnet18: 11_689_512
            case .resnet34: 21_797_672
            case .resnet50: 25_557_032
            case .resnet101: 44_549_160
            case .resnet152: 60_192_808
            }
        let blocks = depth.blocks.map(String.init).joined(separator: ", ")
        return imageNet(
            name: "resnet\(depth.rawValue)",
            summary: "residual network: stages of \(blocks) \(depth.hasBottlenecks ? "bottlenecks" : "basic blocks")",
            source: "He, Zhang, Ren, Sun 2016, Deep residual learning for image recognition, CVPR; torchvision",
            parameterCount: parameterCount, recipe: torchvisionRecipe(rate: 0.1)
        ) { ResNet(depth, classes: $0) }
    }

    /// How torchvision trained its networks.
    private static func torchvisionRecipe(rate: Float) -> Recipe {
        Recipe(
            epochs: 90, batch: 256, rate: rate, momentum: 0.9, weightDecay: 1e-4, schedule: "step:30:0.1", initialization: .published)
    }

    /// Square colour pictures, cut out of the middle once the shorter side is 256, normalised as torchvision does.
    private static func imageNet(
        name: String, summary: String, source: String, size: Int = 224, mean: [Float] = [0.485, 0.456, 0.406],
        standardDeviation: [Float] = [0.229, 0.224, 0.225], parameterCount: Int, recipe: Recipe,
        make: @escaping @Sendable (_ classes: Int) -> any Network
    ) -> NetworkDescription {
        NetworkDescription(
            name: name, summary: summary, source: source, input: [3, size, size], classes: 1000, fit: .crop(of: 256), mean: mean,
            standardDeviation: standardDeviation, parameterCount: parameterCount, recipe: recipe
        ) { classes, _ in make(classes) }
    }
}
