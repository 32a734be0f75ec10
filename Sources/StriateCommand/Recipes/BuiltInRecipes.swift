/// A recipe that `train --recipe NAME` knows by name.
struct BuiltInRecipe: Sendable {
    /// `NETWORK/DATA`, as a rule.
    let name: String
    /// One line for the list.
    let about: String
    let yaml: String

    /// A new one is one more entry here.
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
            name: "resnet20/cifar10", about: "the 20-layer residual network on CIFAR-10",
            yaml: """
                network: resnet20
                data: cifar10
                epochs: 30
                batch: 128
                rate: 0.1
                momentum: 0.9
                weight-decay: 0.0005
                schedule: warmup:1+cosine
                """),
        BuiltInRecipe(
            name: "small/photos", about: "a small residual network for a folder of photographs; add --data",
            yaml: """
                network: resnet18
                input: 3x128x128
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
