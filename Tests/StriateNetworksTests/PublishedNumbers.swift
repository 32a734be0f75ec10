import StriateGraph
import Testing

/// What papers and torchvision say of a network for ImageNet or CIFAR: its numbers, and the names of its tensors by their rule.
struct PublishedNumbers: Sendable, CustomTestStringConvertible {
    let name: String
    /// Of learnt numbers, and of those in auxiliary heads.
    let parameters: Int
    var auxiliaryParameters = 0
    /// Forward, for one image; in training with the auxiliary heads.
    let multiplyAdds: Int
    var trainingMultiplyAdds: Int?
    /// In torchvision's `state_dict`, where there is one: batch norms have one more than here, `num_batches_tracked`.
    var stateTensors: Int?
    /// Of every tensor, in order.
    let paths: [String]
    /// Learnt numbers below a path.
    let parts: [(path: String, parameters: Int)]
    let outputs: [(path: String, shape: Shape)]

    var testDescription: String { name }
}

/// The paths of a layer's tensors.
private func learnt(_ path: String) -> [String] { [path + ".weight", path + ".bias"] }
private func batchNorm(_ path: String) -> [String] { learnt(path) + [path + ".running_mean", path + ".running_var"] }

extension PublishedNumbers {
    static let all = smallNetworks + alexNets + vggs + googLeNets + resNets + cifarResNets

    // MARK: - Small networks, by their own tables

    static let smallNetworks = [
        PublishedNumbers(
            name: "mnist-cnn", parameters: 72_666, multiplyAdds: 7_338_880,
            paths: (1...6).flatMap { ["conv\($0).weight"] + batchNorm("bn\($0)") } + learnt("fc"),
            parts: [("conv1", 144), ("conv2", 2_304), ("conv6", 36_864), ("bn6", 128), ("fc", 650)],
            outputs: [("pool1", [16, 14, 14]), ("pool2", [32, 7, 7]), ("relu6", [64, 7, 7]), ("avgpool", [64, 1, 1])]),
        PublishedNumbers(
            name: "resnet9", parameters: 6_573_120, multiplyAdds: 379_261_952,
            paths: [
                "prep", "layer1.unit", "layer1.residual.unit1", "layer1.residual.unit2", "layer2.unit", "layer3.unit",
                "layer3.residual.unit1", "layer3.residual.unit2",
            ].flatMap { ["\($0).conv.weight"] + batchNorm("\($0).bn") } + ["linear.weight"],
            parts: [
                ("prep", 1_856), ("layer1.unit", 73_984), ("layer1.residual", 295_424), ("layer2", 295_424), ("layer3.unit", 1_180_672),
                ("layer3.residual", 4_720_640), ("linear", 5_120),
            ],
            outputs: [("layer1", [128, 16, 16]), ("layer2", [256, 8, 8]), ("layer3", [512, 4, 4]), ("pool", [512, 1, 1])]),
        PublishedNumbers(
            name: "airbench", parameters: 1_972_792, multiplyAdds: 118_147_360,
            paths: learnt("whiten")
                + (1...3).flatMap { group in [1, 2].flatMap { ["group\(group).conv\($0).weight"] + batchNorm("group\(group).norm\($0)") } }
                + ["linear.weight"],
            parts: [("whiten", 312), ("group1", 50_944), ("group2", 738_304), ("group3", 1_180_672), ("linear", 2_560)],
            outputs: [("whiten", [24, 31, 31]), ("group1", [64, 15, 15]), ("group2", [256, 7, 7]), ("group3", [256, 3, 3]), ("pool", [256, 1, 1])]),
    ]

    // MARK: - AlexNet

    static let alexNets = [
        PublishedNumbers(
            name: "alexnet", parameters: 62_378_344, multiplyAdds: 1_135_256_096,
            paths: [0, 4, 8, 10, 12].flatMap { learnt("features.\($0)") } + [1, 4, 6].flatMap { learnt("classifier.\($0)") },
            parts: [
                ("features.0", 34_944), ("features.4", 614_656), ("features.8", 885_120), ("features.10", 1_327_488),
                ("features.12", 884_992), ("classifier.1", 37_752_832), ("classifier.4", 16_781_312), ("classifier.6", 4_097_000),
            ],
            outputs: [
                ("features.0", [96, 55, 55]), ("features.3", [96, 27, 27]), ("features.4", [256, 27, 27]), ("features.7", [256, 13, 13]),
                ("features.8", [384, 13, 13]), ("features.10", [384, 13, 13]), ("features.12", [256, 13, 13]),
                ("features.14", [256, 6, 6]), ("classifier.1", [4096]), ("classifier.4", [4096]), ("classifier.6", [1000]),
            ]),
        PublishedNumbers(
            name: "alexnet-torchvision", parameters: 61_100_840, multiplyAdds: 714_188_480, stateTensors: 16,
            paths: [0, 3, 6, 8, 10].flatMap { learnt("features.\($0)") } + [1, 4, 6].flatMap { learnt("classifier.\($0)") },
            parts: [("classifier.1", 37_752_832), ("classifier.4", 16_781_312), ("classifier.6", 4_097_000)],
            outputs: [
                ("features.0", [64, 55, 55]), ("features.2", [64, 27, 27]), ("features.3", [192, 27, 27]), ("features.5", [192, 13, 13]),
                ("features.6", [384, 13, 13]), ("features.8", [256, 13, 13]), ("features.10", [256, 13, 13]),
                ("features.12", [256, 6, 6]), ("avgpool", [256, 6, 6]),
            ]),
    ]

    // MARK: - VGG: where torchvision's convolutions stand among the features

    private static let vggConvolutions: [(name: String, parameters: Int, features: Int, multiplyAdds: Int, places: [Int])] = [
        ("vgg11", 132_863_336, 9_220_480, 7_609_090_048, [0, 3, 6, 8, 11, 13, 16, 18]),
        ("vgg13", 133_047_848, 9_404_992, 11_308_466_176, [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]),
        ("vgg16", 138_357_544, 14_714_688, 15_470_264_320, [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]),
        ("vgg19", 143_667_240, 20_024_384, 19_632_062_464, [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]),
        ("vgg11-bn", 132_868_840, 9_225_984, 7_609_090_048, [0, 4, 8, 11, 15, 18, 22, 25]),
        ("vgg13-bn", 133_053_736, 9_410_880, 11_308_466_176, [0, 3, 7, 10, 14, 17, 21, 24, 28, 31]),
        ("vgg16-bn", 138_365_992, 14_723_136, 15_470_264_320, [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40]),
        ("vgg19-bn", 143_678_248, 20_035_392, 19_632_062_464, [0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49]),
    ]

    static let vggs = vggConvolutions.map { row in
        let hasBatchNorm = row.name.hasSuffix("-bn")
        let features = row.places.flatMap { place in
            learnt("features.\(place)") + (hasBatchNorm ? batchNorm("features.\(place + 1)") : [])
        }
        return PublishedNumbers(
            name: row.name, parameters: row.parameters, multiplyAdds: row.multiplyAdds,
            stateTensors: 2 * (row.places.count + 3) + (hasBatchNorm ? 5 * row.places.count : 0),
            paths: features + [0, 3, 6].flatMap { learnt("classifier.\($0)") },
            parts: [("features", row.features), ("classifier", 123_642_856)],
            outputs: [("features", [512, 7, 7]), ("avgpool", [512, 7, 7]), ("classifier.0", [4096]), ("classifier.6", [1000])])
    }

    // MARK: - GoogLeNet

    private static let modules = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]

    /// The tensors of GoogLeNet, a convolution unit having those that `unit` says.
    private static func googLeNetPaths(_ unit: (String) -> [String]) -> [String] {
        func module(_ name: String) -> [String] {
            ["branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1"].flatMap { unit("inception\(name).\($0)") }
        }
        func head(_ name: String) -> [String] { unit("\(name).conv") + learnt("\(name).fc1") + learnt("\(name).fc2") }
        return ["conv1", "conv2", "conv3"].flatMap(unit) + modules.prefix(3).flatMap(module) + head("aux1")
            + modules[3..<6].flatMap(module) + head("aux2") + modules[6...].flatMap(module) + learnt("fc")
    }

    private static let googLeNetOutputs: [(path: String, shape: Shape)] = [
        ("conv1", [64, 112, 112]), ("maxpool1", [64, 56, 56]), ("conv2", [64, 56, 56]), ("conv3", [192, 56, 56]),
        ("maxpool2", [192, 28, 28]), ("inception3a", [256, 28, 28]), ("inception3b", [480, 28, 28]), ("maxpool3", [480, 14, 14]),
        ("inception4a", [512, 14, 14]), ("inception4b", [512, 14, 14]), ("inception4c", [512, 14, 14]), ("inception4d", [528, 14, 14]),
        ("inception4e", [832, 14, 14]), ("maxpool4", [832, 7, 7]), ("inception5a", [832, 7, 7]), ("inception5b", [1024, 7, 7]),
        ("avgpool", [1024, 1, 1]), ("fc", [1000]),
    ]

    static let googLeNets = [
        PublishedNumbers(
            name: "googlenet", parameters: 6_624_904, auxiliaryParameters: 3_188_968 + 3_191_016, multiplyAdds: 1_498_376_192,
            trainingMultiplyAdds: 1_506_748_416, stateTensors: 364,
            paths: googLeNetPaths { ["\($0).conv.weight"] + batchNorm("\($0).bn") },
            parts: [
                ("inception3a", 155_872), ("inception3b", 340_224), ("inception4a", 364_512), ("inception4b", 425_232),
                ("inception4c", 486_192), ("inception4d", 573_312), ("inception4e", 803_840), ("inception5a", 978_944),
                ("inception5b", 1_347_040), ("fc", 1_025_000),
            ], outputs: googLeNetOutputs),
        PublishedNumbers(
            name: "googlenet-2014", parameters: 6_998_552, auxiliaryParameters: 13_378_280 - 6_998_552, multiplyAdds: 1_582_671_872,
            trainingMultiplyAdds: 1_591_044_096,
            paths: googLeNetPaths { learnt("\($0).conv") },
            // Weights of the table, and a bias for each map of every convolution.
            parts: [
                ("inception3a", 163_328 + 368), ("inception3b", 388_096 + 640), ("inception4a", 375_552 + 624),
                ("inception4b", 448_512 + 648), ("inception4c", 509_440 + 664), ("inception4d", 604_672 + 704),
                ("inception4e", 867_328 + 1024), ("inception5a", 1_042_432 + 1024), ("inception5b", 1_442_816 + 1264), ("fc", 1_025_000),
            ], outputs: googLeNetOutputs),
    ]

    // MARK: - ResNet

    private struct ResNetRow: Sendable {
        let depth: Int
        let blocks: [Int]
        let convolutions: Int
        let parameters, multiplyAdds: Int
        /// Of the four stages.
        let stages: [Int]
        let stateTensors: Int
    }

    private static let resNetRows = [
        ResNetRow(
            depth: 18, blocks: [2, 2, 2, 2], convolutions: 2, parameters: 11_689_512, multiplyAdds: 1_814_073_344,
            stages: [147_968, 525_568, 2_099_712, 8_393_728], stateTensors: 122),
        ResNetRow(
            depth: 34, blocks: [3, 4, 6, 3], convolutions: 2, parameters: 21_797_672, multiplyAdds: 3_663_761_408,
            stages: [221_952, 1_116_416, 6_822_400, 13_114_368], stateTensors: 218),
        ResNetRow(
            depth: 50, blocks: [3, 4, 6, 3], convolutions: 3, parameters: 25_557_032, multiplyAdds: 4_089_184_256,
            stages: [215_808, 1_219_584, 7_098_368, 14_964_736], stateTensors: 320),
        ResNetRow(
            depth: 101, blocks: [3, 4, 23, 3], convolutions: 3, parameters: 44_549_160, multiplyAdds: 7_801_405_440,
            stages: [215_808, 1_219_584, 26_090_496, 14_964_736], stateTensors: 626),
        ResNetRow(
            depth: 152, blocks: [3, 8, 36, 3], convolutions: 3, parameters: 60_192_808, multiplyAdds: 11_513_626_624,
            stages: [215_808, 2_339_840, 40_613_888, 14_964_736], stateTensors: 932),
    ]

    /// Convolutions and batch norms of the blocks of all stages, in pairs; `projects` says which stages' first blocks project.
    private static func residualPaths(blocks: [Int], convolutions: Int, projects: (Int) -> Bool) -> [String] {
        func pair(_ convolution: String, _ norm: String) -> [String] { [convolution + ".weight"] + batchNorm(norm) }
        var paths = pair("conv1", "bn1")
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                let path = "layer\(stage + 1).\(block)"
                for index in 1...convolutions { paths += pair("\(path).conv\(index)", "\(path).bn\(index)") }
                if block == 0, projects(stage) { paths += pair("\(path).downsample.0", "\(path).downsample.1") }
            }
        }
        return paths
    }

    static let resNets = resNetRows.map { row in
        let isBottleneck = row.convolutions == 3, width = isBottleneck ? 4 : 1
        return PublishedNumbers(
            name: "resnet\(row.depth)", parameters: row.parameters, multiplyAdds: row.multiplyAdds, stateTensors: row.stateTensors,
            paths: residualPaths(blocks: row.blocks, convolutions: row.convolutions) { $0 > 0 || isBottleneck } + learnt("fc"),
            parts: [("conv1", 9_408), ("bn1", 128)] + row.stages.enumerated().map { ("layer\($0 + 1)", $1) }
                + [("fc", isBottleneck ? 2_049_000 : 513_000)],
            outputs: [
                ("conv1", [64, 112, 112]), ("maxpool", [64, 56, 56]), ("layer1", [64 * width, 56, 56]), ("layer2", [128 * width, 28, 28]),
                ("layer3", [256 * width, 14, 14]), ("layer4", [512 * width, 7, 7]), ("avgpool", [512 * width, 1, 1]), ("fc", [1000]),
            ])
    }

    private static let cifarRows = [
        (20, 3, 269_722, 40_551_040), (32, 5, 464_154, 68_862_592), (44, 7, 658_586, 97_174_144), (56, 9, 853_018, 125_485_696),
        (110, 18, 1_727_962, 252_887_680),
    ]

    static let cifarResNets = cifarRows.map { (depth, blocks, parameters, multiplyAdds) in
        PublishedNumbers(
            name: "resnet\(depth)", parameters: parameters, multiplyAdds: multiplyAdds,
            paths: residualPaths(blocks: [blocks, blocks, blocks], convolutions: 2) { _ in false } + learnt("linear"),
            parts: [("conv1", 432), ("bn1", 32), ("linear", 650)],
            outputs: [
                ("conv1", [16, 32, 32]), ("layer1", [16, 32, 32]), ("layer2", [32, 16, 16]), ("layer3", [64, 8, 8]),
                ("avgpool", [64, 1, 1]), ("linear", [10]),
            ])
    }
}
