/// A recipe that `train --recipe NAME` knows by name.
struct BuiltInRecipe: Sendable {
    /// `NETWORK/DATA`, as a rule.
    let name: String
    /// One line for the list.
    let about: String
    let yaml: String

    /// A new one is one more entry here. Each is whole, although some are alike: it is what `striate recipes NAME` prints, and better settings
    /// for one must not change another, whose results were measured.
    static let all = [
        BuiltInRecipe(
            name: "lenet5/mnist", about: "LeNet-5 with ReLU and max pooling on MNIST",
            yaml: """
                network: lenet5
                activation: relu
                pooling: max
                data: mnist
                epochs: 15
                batch: 64
                rate: 0.05
                momentum: 0.9
                schedule: cosine
                """),
        BuiltInRecipe(
            name: "lenet5/fashion-mnist", about: "LeNet-5 with ReLU and max pooling on Fashion-MNIST",
            yaml: """
                network: lenet5
                activation: relu
                pooling: max
                data: fashion-mnist
                epochs: 30
                batch: 64
                rate: 0.05
                momentum: 0.9
                weight-decay: 0.0005
                schedule: cosine
                """),
        BuiltInRecipe(
            name: "mnist-cnn/mnist", about: "72,666 parameters that read MNIST as well as people do; chosen by 2 % of the training digits",
            yaml: """
                network: mnist-cnn
                data: mnist
                val-share: 0.02
                augment: affine:10:0.08:0.9:1.1:8
                epochs: 14
                batch: 128
                rate: 0.2
                momentum: 0.9
                nesterov: true
                weight-decay: 0.0001
                schedule: one-cycle
                label-smoothing: 0.05
                """),
        BuiltInRecipe(
            name: "mnist-cnn/fashion-mnist", about: "the same network on pieces of clothing",
            yaml: """
                network: mnist-cnn
                data: fashion-mnist
                val-share: 0.02
                monitor: loss
                augment: crop:2,flip,cutout:8
                epochs: 20
                batch: 128
                rate: 0.2
                momentum: 0.9
                nesterov: true
                weight-decay: 0.0005
                decay: weights
                schedule: one-cycle
                label-smoothing: 0.05
                """),
        BuiltInRecipe(
            name: "lenet5-1998/mnist", about: "LeNet-5 as published, with the paper's distortions",
            yaml: """
                network: lenet5-1998
                data: mnist
                augment: lenet1998:2:0.15:0.15:0.25
                """),
        BuiltInRecipe(
            name: "resnet9/cifar10", about: "a fast residual network, half as wide as published, on CIFAR-10",
            yaml: """
                network: resnet9
                width: 32
                data: cifar10
                augment: crop:4:reflect,flip,cutout:8
                epochs: 12
                batch: 128
                rate: 0.2
                momentum: 0.9
                nesterov: true
                weight-decay: 0.0005
                decay: weights
                schedule: one-cycle
                label-smoothing: 0.1
                """),
        BuiltInRecipe(
            name: "resnet9/fashion-mnist", about: "the same network, narrower, on articles of clothing",
            yaml: """
                network: resnet9
                width: 16
                input: 1x28x28
                data: fashion-mnist
                val-share: 0.02
                augment: crop:2,flip
                epochs: 18
                batch: 128
                rate: 0.2
                momentum: 0.9
                nesterov: true
                weight-decay: 0.0005
                decay: weights
                schedule: one-cycle
                label-smoothing: 0.1
                """),
        BuiltInRecipe(
            name: "airbench/cifar10", about: "a network with whitened pictures and wide late layers, on CIFAR-10",
            yaml: """
                network: airbench
                data: cifar10
                augment: crop:2:reflect,flip
                epochs: 18
                batch: 256
                rate: 0.375
                momentum: 0.85
                nesterov: true
                weight-decay: 0.00133
                decay: weights
                schedule: one-cycle:0.23:5:3:linear
                label-smoothing: 0.2
                whiten: whiten
                freeze: "*.norm?.weight"
                rate-factors: "*.norm?.bias=64"
                """),
        BuiltInRecipe(
            name: "resnet20/cifar10", about: "the 20-layer residual network on CIFAR-10",
            yaml: """
                network: resnet20
                data: cifar10
                augment: cifar
                epochs: 30
                batch: 128
                rate: 0.1
                momentum: 0.9
                weight-decay: 0.0005
                schedule: warmup:1+cosine
                """),
        BuiltInRecipe(
            name: "small/photos", about: "a residual network for a folder of photographs; add --data, and --init with trained weights",
            yaml: """
                network: resnet18
                input: 3x128x128
                augment: photos
                epochs: 60
                batch: 32
                rate: 0.02
                momentum: 0.9
                weight-decay: 0.0005
                schedule: warmup:3+cosine
                patience: 20
                """),
    ]
}
