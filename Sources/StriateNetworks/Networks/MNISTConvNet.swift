// A small convolutional network of today for MNIST and Fashion-MNIST: what fewer than 100,000 parameters can do.
//
//   layer                         output      parameters
//   conv1, bn1   3×3 padding 1    16×28×28           176
//   conv2, bn2   3×3 padding 1    16×28×28         2,336
//   pool1        max 2×2          16×14×14
//   conv3, bn3   3×3 padding 1    32×14×14         4,672
//   conv4, bn4   3×3 padding 1    32×14×14         9,280
//   pool2        max 2×2          32×7×7
//   conv5, bn5   3×3 padding 1    64×7×7          18,560
//   conv6, bn6   3×3 padding 1    64×7×7          36,992
//   avgpool      global           64×1×1
//   fc                            classes            650
//                                                 72,666
//
// Each convolution is followed by batch normalisation and ReLU, and has no bias.
import StriateGraph

/// Six 3×3 convolutions and a linear layer for 1×28×28 pictures.
public struct MNISTConvNet: Network {
    public var classes: Int

    public init(classes: Int = 10) { self.classes = classes }

    public var body: [any Layer] {
        for (index, maps) in [16, 16, 32, 32, 64, 64].enumerated() {
            residualConvolution(maps, kernel: 3).named("conv\(index + 1)")
            BatchNorm().named("bn\(index + 1)")
            ReLU().named("relu\(index + 1)")
            if index == 1 || index == 3 { MaxPool(2).named("pool\(index / 2 + 1)") }
        }
        GlobalAveragePool().named("avgpool")
        Flatten().named("flatten")
        Linear(classes).named("fc")
    }
}
