// The residual networks for CIFAR-10.
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2.
//
//   layer                             output    parameters, ResNet-20
//   conv1     3×3 padding 1           16×32×32                    432
//   bn1                                                            32
//   layer1    n blocks                16×32×32                 14,016
//   layer2    n blocks, first by 2    32×16×16                 51,072
//   layer3    n blocks, first by 2    64×8×8                  203,520
//   avgpool   global                  64×1×1
//   linear                            classes                     650
//                                                             269,722
//
//   network            20          32          44           56          110
//   n                   3           5           7            9           18
//   parameters    269,722     464,154     658,586      853,018    1,727,962
//   multiply-adds 40,551,040  68,862,592  97,174,144  125,485,696  252,887,680
//
// Shortcuts are option A, without parameters: every second pixel, and channels of zeros. The paper does not say on which side the zeros
// go; here one half goes before and one half behind, as in akamaster/pytorch_resnet_cifar10, whose names of layers these are too.
// Weights start normal with the variance of He et al. (2015), as the paper says: 2/fan-out for convolutions, 2/fan-in for the last layer.
import StriateGraph

/// ResNet-20 to ResNet-110 for 3×32×32 pictures.
public struct ResNetCIFAR: Network {
    /// 6n + 2 layers with weights.
    public enum Depth: Int, Sendable, CaseIterable {
        case resnet20 = 20, resnet32 = 32, resnet44 = 44, resnet56 = 56, resnet110 = 110

        /// n, the number of blocks in each of the three stages.
        public var blocks: Int { (rawValue - 2) / 6 }
    }

    public var depth: Depth
    public var classes: Int
    public var shortcut: Shortcut

    public init(_ depth: Depth, classes: Int = 10, shortcut: Shortcut = .subsampledIdentity) {
        self.depth = depth
        self.classes = classes
        self.shortcut = shortcut
    }

    public var body: [any Layer] {
        residualConvolution(16, kernel: 3).named("conv1")
        BatchNorm().named("bn1")
        ReLU().named("relu")
        for stage in 0..<3 {
            Sequential {
                for index in 0..<depth.blocks {
                    BasicBlock(16 << stage, stride: stage > 0 && index == 0 ? 2 : 1, shortcut: shortcut)
                }
            }.named("layer\(stage + 1)")
        }
        GlobalAveragePool().named("avgpool")
        Flatten().named("flatten")
        Linear(classes, weightInitializer: .heNormal).named("linear")
    }
}
