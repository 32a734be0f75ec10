// AlexNet with the paper's layers in one tower.
//
// Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012.
//
//   layer                                           output       parameters
//   features.0    conv 11×11 stride 4               96×55×55         34,944
//   features.2    local response normalisation
//   features.3    max pool 3×3 stride 2             96×27×27
//   features.4    conv 5×5 padding 2                256×27×27       614,656
//   features.6    local response normalisation
//   features.7    max pool 3×3 stride 2             256×13×13
//   features.8    conv 3×3 padding 1                384×13×13       885,120
//   features.10   conv 3×3 padding 1                384×13×13     1,327,488
//   features.12   conv 3×3 padding 1                256×13×13       884,992
//   features.14   max pool 3×3 stride 2             256×6×6
//   classifier.1  linear (dropout before it)        4096         37,752,832
//   classifier.4  linear (dropout before it)        4096         16,781,312
//   classifier.6  linear                            classes       4,097,000
//                                                                62,378,344
//
// A ReLU follows every convolution and hidden linear layer. Pools overlap: 3×3 windows, 2 apart.
//
// Deviations from the paper:
// - One tower; there are no groups in the second, fourth and fifth convolution, which two graphics cards shared (60,965,224 parameters).
// - Pictures are 227×227. The paper writes 224, which does not give its 55×55 maps.
// - The paper drops outputs of the two hidden linear layers; dropout here stands before them, as in torchvision's network.
// Normalisation takes the paper's formula at its word, alpha = 1e-4 for each of the 5 channels.
import StriateGraph

/// AlexNet in one tower for 3×227×227 pictures: 62,378,344 parameters.
public struct AlexNet: Network {
    public var classes: Int
    /// The rate of both dropouts.
    public var dropout: Float

    public init(classes: Int = 1000, dropout: Float = 0.5) {
        self.classes = classes
        self.dropout = dropout
    }

    public var body: [any Layer] {
        Sequential {
            convolution(96, kernel: 11, stride: 4)
            ReLU()
            LocalResponseNorm(size: 5, alpha: 5 * 1e-4, k: 2)
            MaxPool(3, stride: 2)
            convolution(256, kernel: 5, padding: 2, bias: 1)
            ReLU()
            LocalResponseNorm(size: 5, alpha: 5 * 1e-4, k: 2)
            MaxPool(3, stride: 2)
            convolution(384, kernel: 3, padding: 1)
            ReLU()
            convolution(384, kernel: 3, padding: 1, bias: 1)
            ReLU()
            convolution(256, kernel: 3, padding: 1, bias: 1)
            ReLU()
            MaxPool(3, stride: 2)
        }.named("features")
        Flatten().named("flatten")
        Sequential {
            Dropout(dropout)
            linear(4096, bias: 1)
            ReLU()
            Dropout(dropout)
            linear(4096, bias: 1)
            ReLU()
            linear(classes)
        }.named("classifier")
    }

    private func convolution(_ maps: Int, kernel: Extent, stride: Extent = 1, padding: Padding = 0, bias: Float = 0) -> Conv2D {
        Conv2D(
            maps, kernel: kernel, stride: stride, padding: padding, weightInitializer: .normal(deviation: 0.01),
            biasInitializer: .constant(bias))
    }

    private func linear(_ outputs: Int, bias: Float = 0) -> Linear {
        Linear(outputs, weightInitializer: .normal(deviation: 0.01), biasInitializer: .constant(bias))
    }
}
