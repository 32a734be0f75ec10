// A small convolutional network for CIFAR-10: three 5×5 convolutions, the shape of Caffe's "CIFAR-10 quick" (Krizhevsky, 2012).
//
//   layer                    output      parameters
//   0   conv 5×5 padding 2   32×32×32         2,432
//   2   max pool 2×2         32×16×16
//   3   conv 5×5 padding 2   32×16×16        25,632
//   5   max pool 2×2         32×8×8
//   6   conv 5×5 padding 2   64×8×8          51,264
//   8   max pool 2×2         64×4×4
//   10  linear               64              65,600
//   12  linear               classes            650
//                                           145,578
//
// Deviations from "quick": max pooling by 2×2 windows throughout (there 3×3, and averages after the second and third
// convolution), a ReLU after each convolution and after the first linear layer, PyTorch's initial weights.
import StriateGraph

/// Three convolutions and two linear layers for 3×32×32 pictures: 145,578 parameters.
public struct CIFARConvNet: Network {
    public var classes: Int

    public init(classes: Int = 10) { self.classes = classes }

    public var body: [any Layer] {
        for maps in [32, 32, 64] {
            Conv2D(maps, kernel: 5, padding: 2)
            ReLU()
            MaxPool(2)
        }
        Flatten()
        Linear(64)
        ReLU()
        Linear(classes)
    }
}
