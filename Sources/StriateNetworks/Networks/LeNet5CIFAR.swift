// LeNet for CIFAR-10, as PyTorch's "Training a classifier" tutorial builds it.
//
//   layer          output      parameters
//   conv1  5×5     6×28×28            456
//   pool1  2×2     6×14×14
//   conv2  5×5     16×10×10         2,416
//   pool2  2×2     16×5×5
//   fc1            120             48,120
//   fc2            84              10,164
//   fc3            classes            850
//                                  62,006
//
// Deviations from the 1998 paper: three input channels, ReLU, max pooling, the third convolution as a linear layer, a softmax.
import StriateGraph

/// The PyTorch tutorial's LeNet for 3×32×32 pictures: 62,006 parameters.
public struct LeNet5CIFAR: Network {
    public var classes: Int

    public init(classes: Int = 10) { self.classes = classes }

    public var body: [any Layer] {
        Conv2D(6, kernel: 5).named("conv1")
        ReLU().named("act1")
        MaxPool(2).named("pool1")
        Conv2D(16, kernel: 5).named("conv2")
        ReLU().named("act2")
        MaxPool(2).named("pool2")
        Flatten().named("flatten")
        Linear(120).named("fc1")
        ReLU().named("act3")
        Linear(84).named("fc2")
        ReLU().named("act4")
        Linear(classes).named("fc3")
    }
}
