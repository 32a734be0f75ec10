// The network that learns CIFAR-10 with the least arithmetic that is published.
//
// Source: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498, 2024, section 3 (airbench94).
//
//   layer                                                    output      parameters
//   whiten    conv 2×2, GELU                                 24×31×31           312
//   group1    conv 3×3, max pool 2×2, bn, GELU               64×15×15        13,952
//             conv 3×3, bn, GELU                             64×15×15        36,992
//   group2    the same with 256 maps                         256×7×7        738,304
//   group3    the same with 256 maps                         256×3×3      1,180,672
//   pool      max 3×3                                        256×1×1
//   linear    without bias, times 1/9                        classes          2,560
//                                                                         1,972,792
//
// The first convolution is meant to be whitened (see `PatchWhitening` in StriateTraining) and the other weights to start as partial
// identities. Deviations from the source: batch norm's scales can be learned (a recipe freezes them), and the bias of the first convolution is
// learned to the end where the source stops after three epochs.
import StriateGraph

/// Seven convolutions for 3×32×32 pictures, most of whose maps are small.
public struct AirBench: Network {
    public var classes: Int
    /// Maps of the three groups.
    public var maps: [Int]

    public init(classes: Int = 10, maps: [Int] = [64, 256, 256]) {
        self.classes = classes
        self.maps = maps
    }

    public var body: [any Layer] {
        Conv2D(24, kernel: 2).named("whiten")
        GELU().named("gelu")
        for (place, count) in maps.enumerated() { group(count).named("group\(place + 1)") }
        MaxPool(3).named("pool")
        Flatten().named("flatten")
        Linear(classes, bias: false).named("linear")
        Scale(1 / 9).named("scale")
    }

    private func group(_ maps: Int) -> Sequential {
        Sequential {
            convolution(maps).named("conv1")
            MaxPool(2).named("pool")
            norm.named("norm1")
            GELU().named("gelu1")
            convolution(maps).named("conv2")
            norm.named("norm2")
            GELU().named("gelu2")
        }
    }

    private func convolution(_ maps: Int) -> Conv2D { Conv2D(maps, kernel: 3, padding: 1, bias: false, weightInitializer: .partialIdentity) }

    private var norm: BatchNorm { BatchNorm(epsilon: 1e-12, momentum: 0.4) }
}
