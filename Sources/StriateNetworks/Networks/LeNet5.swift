// LeNet-5 as tutorials teach it.
//
// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998.
//
//   layer          output      parameters
//   conv1  5×5     6×28×28            156
//   pool1  2×2     6×14×14
//   conv2  5×5     16×10×10         2,416
//   pool2  2×2     16×5×5
//   conv3  5×5     120×1×1         48,120
//   fc1            84              10,164
//   fc2            classes            850
//                                  61,706
//
// Deviations from the paper: conv2 (C3) sees all six maps instead of the paper's table; pooling has no parameters and no
// activation after it; the activation is the plain sigmoid (or tanh, or ReLU), not 1.7159·tanh(2x/3); the output is a linear
// layer for a softmax instead of Euclidean RBF units; weights start as PyTorch starts them.
public import StriateGraph

/// LeNet-5 for 1×32×32 pictures, with the third convolution as a convolution: 61,706 parameters.
public struct LeNet5: Network {
    public var classes: Int
    public var activation: Activation.Kind
    public var pooling: Pool.Kind

    public init(classes: Int = 10, activation: Activation.Kind = .sigmoid, pooling: Pool.Kind = .average) {
        self.classes = classes
        self.activation = activation
        self.pooling = pooling
    }

    public var body: [any Layer] {
        Conv2D(6, kernel: 5).named("conv1")
        ActivationLayer(activation).named("act1")
        PoolLayer(pooling, 2).named("pool1")
        Conv2D(16, kernel: 5).named("conv2")
        ActivationLayer(activation).named("act2")
        PoolLayer(pooling, 2).named("pool2")
        Conv2D(120, kernel: 5).named("conv3")
        ActivationLayer(activation).named("act3")
        Flatten().named("flatten")
        Linear(84).named("fc1")
        ActivationLayer(activation).named("act4")
        Linear(classes).named("fc2")
    }
}
