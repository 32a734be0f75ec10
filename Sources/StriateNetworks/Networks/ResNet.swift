// The residual networks for ImageNet, as torchvision has them ("v1.5").
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, table 1.
//
//   layer                                  output       parameters, ResNet-50
//   conv1     7×7 stride 2 padding 3       64×112×112                   9,408
//   bn1                                                                   128
//   maxpool   3×3 stride 2 padding 1       64×56×56
//   layer1                                 256×56×56                  215,808
//   layer2                                 512×28×28                1,219,584
//   layer3                                 1024×14×14               7,098,368
//   layer4                                 2048×7×7                14,964,736
//   avgpool   global                       2048×1×1
//   fc                                     classes                  2,049,000
//                                                                  25,557,032
//
//   network   blocks of layer1…4     parameters   multiply-adds
//   18        basic 2 2 2 2          11,689,512   1,814,073,344
//   34        basic 3 4 6 3          21,797,672   3,663,761,408
//   50        bottleneck 3 4 6 3     25,557,032   4,089,184,256
//   101       bottleneck 3 4 23 3    44,549,160   7,801,405,440
//   152       bottleneck 3 8 36 3    60,192,808  11,513,626,624
//
// Deviation from the paper: bottlenecks stride in their 3×3 convolution, the paper in the first 1×1. Shortcuts are option B.
// Deviations from torchvision: none.
import StriateGraph

/// torchvision's `resnet18` to `resnet152` for 3×224×224 pictures.
public struct ResNet: Network {
    /// The number of layers with weights, shortcuts aside.
    public enum Depth: Int, Sendable, CaseIterable {
        case resnet18 = 18, resnet34 = 34, resnet50 = 50, resnet101 = 101, resnet152 = 152

        /// The number of blocks in each of the four stages.
        public var blocks: [Int] {
            switch self {
            case .resnet18: [2, 2, 2, 2]
            case .resnet34, .resnet50: [3, 4, 6, 3]
            case .resnet101: [3, 4, 23, 3]
            case .resnet152: [3, 8, 36, 3]
            }
        }

        public var hasBottlenecks: Bool { rawValue >= 50 }
    }

    public var depth: Depth
    public var classes: Int
    /// Whether every block starts as its shortcut (Goyal et al., 2017): its last batch norm's scale is then 0.
    public var startsAsShortcuts: Bool

    public init(_ depth: Depth, classes: Int = 1000, startsAsShortcuts: Bool = false) {
        self.depth = depth
        self.classes = classes
        self.startsAsShortcuts = startsAsShortcuts
    }

    public var body: [any Layer] {
        residualConvolution(64, kernel: 7, stride: 2).named("conv1")
        BatchNorm().named("bn1")
        ReLU().named("relu")
        MaxPool(3, stride: 2, padding: 1).named("maxpool")
        for (stage, count) in depth.blocks.enumerated() {
            Sequential {
                for index in 0..<count { block(width: 64 << stage, stride: stage > 0 && index == 0 ? 2 : 1) }
            }.named("layer\(stage + 1)")
        }
        GlobalAveragePool().named("avgpool")
        Flatten().named("flatten")
        Linear(classes).named("fc")
    }

    private func block(width: Int, stride: Int) -> any Layer {
        let lastScale = startsAsShortcuts ? Initializer.zeros : .ones
        return depth.hasBottlenecks
            ? Bottleneck(width, stride: stride, lastScale: lastScale) : BasicBlock(width, stride: stride, lastScale: lastScale)
    }
}
