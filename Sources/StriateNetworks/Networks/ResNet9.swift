// The residual network that was made to learn CIFAR-10 fast.
//
// Source: Page, "How to train your ResNet", myrtle.ai, 2018; entry to DAWNBench (94 % on CIFAR-10).
//
//   layer                                        output       parameters
//   prep      conv 3×3, bn, ReLU                 64×32×32          1,856
//   layer1    conv 3×3, bn, ReLU, max pool 2×2   128×16×16        73,984
//             residual: two of conv, bn, ReLU    128×16×16       295,424
//   layer2    conv 3×3, bn, ReLU, max pool 2×2   256×8×8         295,424
//   layer3    conv 3×3, bn, ReLU, max pool 2×2   512×4×4       1,180,672
//             residual: two of conv, bn, ReLU    512×4×4       4,720,640
//   pool      global max                         512×1×1
//   linear    without bias, times 1/8            classes           5,120
//                                                              6,573,120
//
// Deviations from the source: batch norm's scales are learned (there they stay at 1), and it may be narrower: with a width of 32, which
// has half as many maps everywhere, it needs about a quarter of the arithmetic.
import StriateGraph

/// Eight convolutions, two of them pairs beside an identity, for 3×32×32 pictures.
public struct ResNet9: Network {
    public var classes: Int
    /// Maps of the first convolution; the later ones have 2, 4 and 8 times as many.
    public var width: Int

    public init(classes: Int = 10, width: Int = 64) {
        self.classes = classes
        self.width = width
    }

    public var body: [any Layer] {
        unit(width).named("prep")
        stage(2 * width, isResidual: true).named("layer1")
        stage(4 * width, isResidual: false).named("layer2")
        stage(8 * width, isResidual: true).named("layer3")
        GlobalMaxPool().named("pool")
        Flatten().named("flatten")
        Linear(classes, bias: false).named("linear")
        Scale(0.125).named("scale")
    }

    private func unit(_ maps: Int) -> ConvUnit { ConvUnit(residualConvolution(maps, kernel: 3), batchNorm: BatchNorm()) }

    private func stage(_ maps: Int, isResidual: Bool) -> Sequential {
        Sequential {
            unit(maps).named("unit")
            MaxPool(2).named("pool")
            if isResidual {
                Residual {
                    unit(maps).named("unit1")
                    unit(maps).named("unit2")
                }.named("residual")
            }
        }
    }
}
