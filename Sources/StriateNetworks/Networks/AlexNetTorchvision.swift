// AlexNet as torchvision has it: narrower convolutions, no normalisation.
//
// Source: torchvision, models/alexnet.py; after Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
//
//   layer                                           output       parameters
//   features.0    conv 11×11 stride 4 padding 2     64×55×55         23,296
//   features.2    max pool 3×3 stride 2             64×27×27
//   features.3    conv 5×5 padding 2                192×27×27       307,392
//   features.5    max pool 3×3 stride 2             192×13×13
//   features.6    conv 3×3 padding 1                384×13×13       663,936
//   features.8    conv 3×3 padding 1                256×13×13       884,992
//   features.10   conv 3×3 padding 1                256×13×13       590,080
//   features.12   max pool 3×3 stride 2             256×6×6
//   avgpool       adaptive average pool             256×6×6
//   classifier.1  linear (dropout before it)        4096         37,752,832
//   classifier.4  linear (dropout before it)        4096         16,781,312
//   classifier.6  linear                            classes       4,097,000
//                                                                61,100,840
//
// A ReLU follows every convolution and hidden linear layer. Deviations from torchvision: none.
import StriateGraph

/// torchvision's `alexnet` for 3×224×224 pictures: 61,100,840 parameters.
public struct AlexNetTorchvision: Network {
    public var classes: Int
    /// The rate of both dropouts.
    public var dropout: Float

    public init(classes: Int = 1000, dropout: Float = 0.5) {
        self.classes = classes
        self.dropout = dropout
    }

    public var body: [any Layer] {
        Sequential {
            Conv2D(64, kernel: 11, stride: 4, padding: 2)
            ReLU()
            MaxPool(3, stride: 2)
            Conv2D(192, kernel: 5, padding: 2)
            ReLU()
            MaxPool(3, stride: 2)
            for maps in [384, 256, 256] {
                Conv2D(maps, kernel: 3, padding: 1)
                ReLU()
            }
            MaxPool(3, stride: 2)
        }.named("features")
        AdaptiveAveragePool(6).named("avgpool")
        Flatten().named("flatten")
        Sequential {
            Dropout(dropout)
            Linear(4096)
            ReLU()
            Dropout(dropout)
            Linear(4096)
            ReLU()
            Linear(classes)
        }.named("classifier")
    }
}
