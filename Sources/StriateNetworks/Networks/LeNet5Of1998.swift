// LeNet-5 as published.
//
// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
// section II-B and appendix A.
//
//   layer                            output      parameters   connections
//   c1   conv 5×5, squash            6×28×28            156       122,304
//   s2   subsampling 2×2, squash     6×14×14             12         5,880
//   c3   conv 5×5 by table, squash   16×10×10         1,516       151,600
//   s4   subsampling 2×2, squash     16×5×5              32         2,000
//   c5   conv 5×5, squash            120×1×1         48,120        48,120
//   f6   full, squash                84              10,164        10,164
//   output   Euclidean RBF, fixed    classes              0           840
//                                                    60,000       340,908
//
// squash(a) = 1.7159·tanh(2a/3). Pictures are 28×28, extended with background to 32×32; paper is −0.1 and ink 1.175.
//
// What the paper leaves open, and what stands here:
// - Connections: the journal prints 156,000 for c3, counting a bias for each pair of maps; 60·25 + 16 connections at 100 places are 151,600.
// - Subsampling multiplies the sum of its window (section II-B), not the mean (section II-A).
// - Weights start within ±2.4/fan-in, as the paper says, and biases too, the bias itself not counted; subsampling's coefficients start at
//   ½ and its biases at 0.
// - The loss is eq. 9 with j = 10, divided by the 84 components; the paper tells neither j nor the loss's scale.
// - The bitmaps are read row by row. The paper has them for all of ASCII, of which the ten digits are here; classes beyond get random codes.
//
// Deviations:
// - The output units answer −distance, so that the largest logit wins as in all other networks.
// - An update is for 16 patterns, not for one: their gradients are added up (`--batch 1` is the paper's way).
public import StriateGraph

/// LeNet-5 of 1998 for 1×32×32 pictures: trainable subsampling, C3's connection table, Euclidean RBF units. 60,000 parameters.
public struct LeNet5Of1998: Network {
    public var classes: Int

    public init(classes: Int = 10) { self.classes = classes }

    /// Table 1 of the paper: the maps of S2 that each map of C3 sees.
    public static let c3Connections = ConnectionTable(inputs: 6, rows: [
        [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5],
        [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5],
        [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
        [0, 1, 2, 3, 4, 5],
    ])

    public var body: [any Layer] {
        convolution(6).named("c1")
        ScaledTanh().named("c1-squash")
        subsampling.named("s2")
        ScaledTanh().named("s2-squash")
        convolution(16, connections: Self.c3Connections).named("c3")
        ScaledTanh().named("c3-squash")
        subsampling.named("s4")
        ScaledTanh().named("s4-squash")
        convolution(120).named("c5")
        ScaledTanh().named("c5-squash")
        Flatten().named("flatten")
        Linear(84, weightInitializer: .lecunUniform, biasInitializer: .lecunUniform).named("f6")
        ScaledTanh().named("f6-squash")
        EuclideanRBF(centers: DigitBitmaps.centers(classes: classes)).named("output")
    }

    private func convolution(_ maps: Int, connections: ConnectionTable? = nil) -> Conv2D {
        Conv2D(
            maps, kernel: 5, connections: connections, weightInitializer: .lecunUniform, biasInitializer: .lecunUniform)
    }

    private var subsampling: TrainableSubsampling {
        TrainableSubsampling(2, coefficientInitializer: .constant(0.5), biasInitializer: .zeros)
    }
}
