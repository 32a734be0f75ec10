import StriateGraph

/// Networks for digits and for CIFAR.
extension NetworkDescription {
    static let lenet5Of1998 = NetworkDescription(
        name: "lenet5-1998",
        summary: "LeNet-5 as published: trainable subsampling, connection table, radial basis functions",
        source: "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition, Proc. IEEE 86(11)",
        // 1.275·p − 0.1 of a pixel p: paper is −0.1, ink 1.175.
        input: [1, 32, 32], fit: .pad, mean: [0.1 / 1.275], standardDeviation: [1 / 1.275],
        parameterCount: 60_000, connectionCount: 340_908,
        recipe: Recipe(
            epochs: 20, batch: 16, rate: 0.0005, schedule: "factors:2=0.4,5=0.2,8=0.1,12=0.02", optimizer: .lecunSDLM, loss: .map,
            initialization: .published)
    ) { classes, _ in LeNet5Of1998(classes: classes) }

    static let lenet5 = NetworkDescription(
        name: "lenet5",
        summary: "LeNet-5 as tutorials teach it: sigmoid, average pooling, softmax",
        source: "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition, Proc. IEEE 86(11)",
        input: [1, 32, 32], mean: [0.1307], standardDeviation: [0.3081],
        parameterCount: 61_706,
        options: [
            NetworkOption("activation", ["sigmoid", "tanh", "relu"], help: "function after each convolution and hidden layer"),
            NetworkOption("pooling", ["average", "max"], help: "what a 2×2 window becomes"),
        ],
        recipe: Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9)
    ) { classes, options in
        LeNet5(
            classes: classes, activation: options["activation"].flatMap(Activation.Kind.init) ?? .sigmoid,
            pooling: options["pooling"] == "max" ? .max : .average)
    }

    static let lenet5D2L = NetworkDescription(
        name: "lenet5-d2l",
        summary: "LeNet of the book Dive into Deep Learning: 28×28 pictures, padded",
        source: "Zhang, Lipton, Li, Smola 2023, Dive into Deep Learning, section 7.6; after LeCun et al. 1998",
        input: [1, 28, 28], mean: [0], standardDeviation: [1],
        parameterCount: 61_706,
        recipe: Recipe(epochs: 10, batch: 256, rate: 0.9, initialization: .xavier)
    ) { classes, _ in LeNet5D2L(classes: classes) }

    static let lenet5CIFAR = NetworkDescription(
        name: "lenet5-cifar",
        summary: "LeNet for colour pictures of PyTorch's tutorial: ReLU, max pooling",
        source: "PyTorch tutorials, Training a classifier; after LeCun et al. 1998",
        input: [3, 32, 32], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        parameterCount: 62_006,
        recipe: Recipe(epochs: 2, batch: 4, rate: 0.001, momentum: 0.9)
    ) { classes, _ in LeNet5CIFAR(classes: classes) }

    static let mnistConvNet = NetworkDescription(
        name: "mnist-cnn",
        summary: "six 3×3 convolutions with batch normalisation, global average pooling",
        source: "a narrow VGG (Simonyan, Zisserman 2015) with batch normalisation; not published",
        input: [1, 28, 28], mean: [0.1307], standardDeviation: [0.3081],
        parameterCount: 72_666,
        recipe: Recipe(epochs: 12, batch: 64, rate: 0.1, momentum: 0.9, isNesterov: true, weightDecay: 1e-4, schedule: "warmup:2+linear")
    ) { classes, _ in MNISTConvNet(classes: classes) }

    static let cifarConvNet = NetworkDescription(
        name: "cifar-cnn",
        summary: "three 5×5 convolutions of 32, 32 and 64 maps, two linear layers",
        source: "after Krizhevsky 2012, cuda-convnet's CIFAR-10 quick network",
        input: [3, 32, 32], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        parameterCount: 145_578,
        // No published recipe: a plain one that trains steadily.
        recipe: Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9)
    ) { classes, _ in CIFARConvNet(classes: classes) }

    static let resnet9 = NetworkDescription(
        name: "resnet9",
        summary: "residual network made to train fast: eight convolutions, two residual blocks",
        source: "Page 2018, How to train your ResNet, myrtle.ai (DAWNBench's CIFAR-10 winner)",
        input: [3, 32, 32], mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2470, 0.2435, 0.2616],
        parameterCount: 6_573_120,
        options: [NetworkOption("width", ["64", "32", "16"], help: "maps of the first convolution; the later ones have 2, 4 and 8 times as many")],
        recipe: Recipe(epochs: 24, batch: 128, rate: 0.1, momentum: 0.9, isNesterov: true, weightDecay: 5e-4, schedule: "warmup:5+linear")
    ) { classes, options in
        ResNet9(classes: classes, width: options["width"].flatMap { Int($0) } ?? 64)
    }

    static let airBench = NetworkDescription(
        name: "airbench",
        summary: "seven convolutions that learn CIFAR-10 with the least arithmetic; train it by its recipe",
        source: "Jordan 2024, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498",
        input: [3, 32, 32], mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2470, 0.2435, 0.2616],
        parameterCount: 1_972_792,
        recipe: Recipe(epochs: 10, batch: 256, rate: 0.3, momentum: 0.85, isNesterov: true, weightDecay: 1e-3, schedule: "one-cycle:0.23:5:3:linear")
    ) { classes, _ in AirBench(classes: classes) }

    static func resnetCIFAR(_ depth: ResNetCIFAR.Depth) -> NetworkDescription {
        let parameterCount =
            switch depth {
            case .resnet20: 269_722
            case .resnet32: 464_154
            case .resnet44: 658_586
            case .resnet56: 853_018
            case .resnet110: 1_727_962
            }
        // 64,000 steps, 391 of them an epoch of 50,000 pictures; the rate a tenth after 32,000 and 48,000. As shares they suit a shorter
        // training as well. The deepest network learns at a tenth of the rate first; a warm-up does the same.
        let milestones = "milestones:50%,75%:0.1"
        let schedule = depth == .resnet110 ? "warmup:1+" + milestones : milestones
        return NetworkDescription(
            name: "resnet\(depth.rawValue)",
            summary: "residual network for CIFAR: three stages of \(depth.blocks) basic blocks, shortcuts without parameters",
            source: "He, Zhang, Ren, Sun 2016, Deep residual learning for image recognition, CVPR, section 4.2",
            input: [3, 32, 32], mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2470, 0.2435, 0.2616],
            parameterCount: parameterCount,
            recipe: Recipe(
                epochs: 164, batch: 128, rate: 0.1, momentum: 0.9, weightDecay: 1e-4,
                schedule: schedule, initialization: .published)
        ) { classes, _ in ResNetCIFAR(depth, classes: classes) }
    }
}
