/// A convolution and a ReLU, with batch norm between them where given: torchvision's `BasicConv2d`. Parameters stand below `conv` and `bn`.
///
/// The convolution has a bias where there is no batch norm.
public struct ConvUnit: Network {
    public var convolution: Conv2D
    public var batchNorm: BatchNorm?

    public init(_ convolution: Conv2D, batchNorm: BatchNorm? = nil) {
        self.convolution = convolution
        self.convolution.bias = batchNorm == nil
        self.batchNorm = batchNorm
    }

    public var body: [any Layer] {
        convolution.named("conv")
        if let batchNorm { batchNorm.named("bn") }
        ReLU().named("relu")
    }
}
