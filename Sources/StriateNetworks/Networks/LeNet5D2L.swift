// LeNet as the book "Dive into Deep Learning" (Zhang, Lipton, Li, Smola; section 7.6) builds it.
//
//   layer                    output      parameters
//   0   conv 5×5 padding 2   6×28×28            156
//   2   average pool 2×2     6×14×14
//   3   conv 5×5             16×10×10         2,416
//   5   average pool 2×2     16×5×5
//   7   linear               120             48,120
//   9   linear               84              10,164
//   11  linear               classes            850
//                                            61,706
//
// Deviations from the 1998 paper: those of `lenet5`; besides, 28×28 pictures padded by the first convolution, and the third
// convolution as a linear layer (the same numbers in the same order). Layers are unnamed, so a plain `Sequential`'s weights fit.
import StriateGraph

/// The d2l book's LeNet for 1×28×28 pictures: 61,706 parameters.
public struct LeNet5D2L: Network {
    public var classes: Int

    public init(classes: Int = 10) { self.classes = classes }

    public var body: [any Layer] {
        Conv2D(6, kernel: 5, padding: 2)
        Sigmoid()
        AveragePool(2)
        Conv2D(16, kernel: 5)
        Sigmoid()
        AveragePool(2)
        Flatten()
        Linear(120)
        Sigmoid()
        Linear(84)
        Sigmoid()
        Linear(classes)
    }
}
