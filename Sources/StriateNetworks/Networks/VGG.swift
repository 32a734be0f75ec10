// The VGG networks, with and without batch norm, as torchvision has them.
//
// Source: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015, table 1.
//
//   part         layers                                            output      parameters, VGG-16
//   features     the table below: 3×3 convolutions, 2×2 max pools  512×7×7             14,714,688
//   avgpool      adaptive average pool                             512×7×7
//   classifier   linear 4096, linear 4096, linear classes          classes            123,642,856
//                                                                                     138,357,544
//
//   network            VGG-11 (A)    VGG-13 (B)    VGG-16 (D)    VGG-19 (E)
//   parameters        132,863,336   133,047,848   138,357,544   143,667,240
//   with batch norm   132,868,840   133,053,736   138,365,992   143,678,248
//
// A ReLU follows every convolution and both hidden linear layers, dropout these ReLUs.
//
// Deviations from the paper: batch norm in the `-bn` networks (before each ReLU; convolutions keep their biases); the adaptive pool,
// which does nothing at 224×224; weights start as He et al. (2015) propose, where the paper trained small networks first.
import StriateGraph

/// torchvision's `vgg11` to `vgg19_bn` for 3×224×224 pictures.
public struct VGG: Network {
    /// The number of layers with weights.
    public enum Depth: Int, Sendable, CaseIterable {
        case vgg11 = 11, vgg13 = 13, vgg16 = 16, vgg19 = 19

        /// The widths of the convolutions between the pools: one row for each of the five stages.
        public var stages: [[Int]] {
            switch self {
            case .vgg11: [[64], [128], [256, 256], [512, 512], [512, 512]]
            case .vgg13: [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]]
            case .vgg16: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]
            case .vgg19: [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]]
            }
        }
    }

    public var depth: Depth
    public var hasBatchNorm: Bool
    public var classes: Int
    /// The rate of both dropouts.
    public var dropout: Float

    public init(_ depth: Depth, hasBatchNorm: Bool = false, classes: Int = 1000, dropout: Float = 0.5) {
        self.depth = depth
        self.hasBatchNorm = hasBatchNorm
        self.classes = classes
        self.dropout = dropout
    }

    public var body: [any Layer] {
        Sequential {
            for stage in depth.stages {
                for width in stage {
                    Conv2D(width, kernel: 3, padding: 1, weightInitializer: .heNormalFanOut, biasInitializer: .zeros)
                    if hasBatchNorm { BatchNorm() }
                    ReLU()
                }
                MaxPool(2)
            }
        }.named("features")
        AdaptiveAveragePool(7).named("avgpool")
        Flatten().named("flatten")
        Sequential {
            for _ in 0..<2 {
                linear(4096)
                ReLU()
                Dropout(dropout)
            }
            linear(classes)
        }.named("classifier")
    }

    private func linear(_ outputs: Int) -> Linear {
        Linear(outputs, weightInitializer: .normal(deviation: 0.01), biasInitializer: .zeros)
    }
}
