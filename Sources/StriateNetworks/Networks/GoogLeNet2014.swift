// GoogLeNet as published: biases and local response normalisation, no batch norm.
//
// Source: Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich, "Going deeper with convolutions", CVPR 2015.
//
//   layer                                    output      parameters
//   conv1        7×7 stride 2 padding 3      64×112×112       9,472
//   maxpool1     3×3 stride 2, then norm1    64×56×56
//   conv2        1×1                         64×56×56         4,160
//   conv3        3×3 padding 1, then norm2   192×56×56      110,784
//   maxpool2     3×3 stride 2                192×28×28
//   inception3a                              256×28×28      163,696
//   inception3b                              480×28×28      388,736
//   maxpool3     3×3 stride 2                480×14×14
//   inception4a                              512×14×14      376,176
//     aux1       in training                 classes      3,188,840
//   inception4b                              512×14×14      449,160
//   inception4c                              512×14×14      510,104
//   inception4d                              528×14×14      605,376
//     aux2       in training                 classes      3,190,888
//   inception4e                              832×14×14      868,352
//   maxpool4     3×3 stride 2                832×7×7
//   inception5a                              832×7×7      1,043,456
//   inception5b                              1024×7×7     1,444,080
//   avgpool      global                      1024×1×1
//   fc           dropout before it           classes      1,025,000
//                                                         6,998,552, with both heads 13,378,280
//
// A head is an average pool 5×5 stride 3 (512×4×4), a 1×1 convolution of 128 maps, linear 1024, dropout, linear.
//
// What the paper does not say is Caffe's replica: normalisation over 5 channels with alpha 1e-4 (divided by 5), beta 0.75, k 1; weights
// uniform within ±√(3/fan-in), biases of convolutions and of the heads' hidden layers 0.2, of classifiers 0. Names of layers are torchvision's.
// The parameter counts of the paper's table do not all follow from its widths; these do.
import StriateGraph

/// GoogLeNet of 2014 for 3×224×224 pictures: 6,998,552 parameters, and 6,379,728 in two heads that only training needs.
public struct GoogLeNet2014: Network {
    public var classes: Int
    /// The rate before the last layer.
    public var dropout: Float
    /// The rate in the auxiliary heads.
    public var auxiliaryDropout: Float
    /// The factor of each auxiliary loss.
    public var auxiliaryWeight: Float

    public init(classes: Int = 1000, dropout: Float = 0.4, auxiliaryDropout: Float = 0.7, auxiliaryWeight: Float = 0.3) {
        self.classes = classes
        self.dropout = dropout
        self.auxiliaryDropout = auxiliaryDropout
        self.auxiliaryWeight = auxiliaryWeight
    }

    public var body: [any Layer] {
        unit(64, kernel: 7, stride: 2).named("conv1")
        MaxPool(3, stride: 2, roundsUp: true).named("maxpool1")
        LocalResponseNorm(size: 5).named("norm1")
        unit(64, kernel: 1).named("conv2")
        unit(192, kernel: 3).named("conv3")
        LocalResponseNorm(size: 5).named("norm2")
        MaxPool(3, stride: 2, roundsUp: true).named("maxpool2")
        inception(.inception3a)
        inception(.inception3b)
        MaxPool(3, stride: 2, roundsUp: true).named("maxpool3")
        inception(.inception4a)
        head.named("aux1")
        inception(.inception4b)
        inception(.inception4c)
        inception(.inception4d)
        head.named("aux2")
        inception(.inception4e)
        MaxPool(3, stride: 2, roundsUp: true).named("maxpool4")
        inception(.inception5a)
        inception(.inception5b)
        GlobalAveragePool().named("avgpool")
        Flatten().named("flatten")
        Dropout(dropout).named("dropout")
        linear(classes, bias: 0).named("fc")
    }

    private func unit(_ width: Int, kernel: Int, stride: Int = 1) -> ConvUnit {
        ConvUnit(Conv2D(
            width, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(kernel / 2, kernel / 2),
            weightInitializer: .caffeXavier, biasInitializer: .constant(0.2)))
    }

    private func linear(_ outputs: Int, bias: Float) -> Linear {
        Linear(outputs, weightInitializer: .caffeXavier, biasInitializer: .constant(bias))
    }

    private func inception(_ module: GoogLeNetModule) -> Named {
        Inception(module.widths) { unit($0, kernel: $1) }.named(module.rawValue)
    }

    private var head: Auxiliary {
        Auxiliary(weight: auxiliaryWeight) {
            AveragePool(5, stride: 3).named("avgpool")
            unit(128, kernel: 1).named("conv")
            Flatten().named("flatten")
            linear(1024, bias: 0.2).named("fc1")
            ReLU().named("relu")
            Dropout(auxiliaryDropout).named("dropout")
            linear(classes, bias: 0).named("fc2")
        }
    }
}
