// GoogLeNet as torchvision has it: with batch norm.
//
// Source: Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich, "Going deeper with convolutions", CVPR 2015,
// table 1; torchvision, models/googlenet.py.
//
//   layer                                    output      parameters
//   conv1        7×7 stride 2 padding 3      64×112×112       9,536
//   maxpool1     3×3 stride 2                64×56×56
//   conv2        1×1                         64×56×56         4,224
//   conv3        3×3 padding 1               192×56×56      110,976
//   maxpool2     3×3 stride 2                192×28×28
//   inception3a                              256×28×28      155,872
//   inception3b                              480×28×28      340,224
//   maxpool3     3×3 stride 2                480×14×14
//   inception4a                              512×14×14      364,512
//     aux1       in training                 classes      3,188,968
//   inception4b                              512×14×14      425,232
//   inception4c                              512×14×14      486,192
//   inception4d                              528×14×14      573,312
//     aux2       in training                 classes      3,191,016
//   inception4e                              832×14×14      803,840
//   maxpool4     2×2 stride 2                832×7×7
//   inception5a                              832×7×7        978,944
//   inception5b                              1024×7×7     1,347,040
//   avgpool      global                      1024×1×1
//   fc           dropout before it           classes      1,025,000
//                                                         6,624,904, with both heads 13,004,888
//
// Deviations from the paper, all torchvision's (`googlenet-2014` has none of them): every convolution has batch norm (epsilon 0.001) and
// no bias; no local response normalisation; the 5×5 branches are 3×3; maxpool4 is 2×2; the heads pool adaptively to 4×4; dropout is 0.2.
// Deviation from torchvision: in the order of parameters the heads stand where they branch off, not at the end.
//
// torchvision's published weights want pixels scaled to (x − 0.5)/0.5 and re-scale them inside the network (`transform_input`); here that
// is the network's preprocessing, so the weights fit as they are. The heads in that file are not trained.
import StriateGraph

/// torchvision's `googlenet` for 3×224×224 pictures: 6,624,904 parameters, and 6,379,984 in two heads that only training needs.
public struct GoogLeNet: Network {
    public var classes: Int
    /// The rate before the last layer.
    public var dropout: Float
    /// The rate in the auxiliary heads.
    public var auxiliaryDropout: Float
    /// The factor of each auxiliary loss.
    public var auxiliaryWeight: Float

    public init(classes: Int = 1000, dropout: Float = 0.2, auxiliaryDropout: Float = 0.7, auxiliaryWeight: Float = 0.3) {
        self.classes = classes
        self.dropout = dropout
        self.auxiliaryDropout = auxiliaryDropout
        self.auxiliaryWeight = auxiliaryWeight
    }

    public var body: [any Layer] {
        unit(64, kernel: 7, stride: 2).named("conv1")
        MaxPool(3, stride: 2, roundsUp: true).named("maxpool1")
        unit(64, kernel: 1).named("conv2")
        unit(192, kernel: 3).named("conv3")
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
        MaxPool(2, stride: 2, roundsUp: true).named("maxpool4")
        inception(.inception5a)
        inception(.inception5b)
        GlobalAveragePool().named("avgpool")
        Flatten().named("flatten")
        Dropout(dropout).named("dropout")
        Linear(classes, weightInitializer: Self.initializer).named("fc")
    }

    /// torchvision cuts off what lies 200 standard deviations away.
    private static let initializer = Initializer.normal(deviation: 0.01)

    private func unit(_ width: Int, kernel: Int, stride: Int = 1) -> ConvUnit {
        let convolution = Conv2D(
            width, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(kernel / 2, kernel / 2),
            weightInitializer: Self.initializer)
        return ConvUnit(convolution, batchNorm: BatchNorm(epsilon: 0.001))
    }

    private func inception(_ module: GoogLeNetModule) -> Named {
        Inception(module.widths, largeKernel: 3) { unit($0, kernel: $1) }.named(module.rawValue)
    }

    private var head: Auxiliary {
        Auxiliary(weight: auxiliaryWeight) {
            AdaptiveAveragePool(4).named("avgpool")
            unit(128, kernel: 1).named("conv")
            Flatten().named("flatten")
            Linear(1024, weightInitializer: Self.initializer).named("fc1")
            ReLU().named("relu")
            Dropout(auxiliaryDropout).named("dropout")
            Linear(classes, weightInitializer: Self.initializer).named("fc2")
        }
    }
}
