extension Augmentation {
    /// All steps that an augmentation can have.
    public static let kinds: [any AugmentationStep.Type] = [
        Resize.self, RandomResizedCrop.self, Letterbox.self, CenterCrop.self, Pad.self, RandomCrop.self, HorizontalFlip.self,
        VerticalFlip.self, Rotation.self, RandomAffine.self, RandomPerspective.self, ElasticDistortion.self, Distortions1998.self,
        ColorJitter.self, Greyscale.self, GaussianBlur.self, Sharpness.self, Posterize.self, Solarize.self, AutoContrast.self,
        Equalize.self, RandAugment.self, TrivialAugment.self, RandomErasing.self, Cutout.self, MixUp.self, CutMix.self,
    ]

    /// A name for a whole list.
    public struct Preset: Hashable, Sendable {
        public let name: String
        public let text: String
        public let summary: String
    }

    /// Lists with a name.
    public static let presets = [
        Preset(name: "digits", text: "affine:10:0.08:0.9:1.1:8,elastic:40:4", summary: "handwriting: small affine maps and elastic distortion"),
        Preset(name: "fashion", text: "crop:2,flip,erase", summary: "small pictures of things: shifts, mirrors, holes"),
        Preset(name: "cifar", text: "crop:4:reflect,flip", summary: "what most results on CIFAR are published with"),
        Preset(name: "cifar-strong", text: "crop:4:reflect,flip,cutout:16", summary: "the same with Cutout (DeVries and Taylor 2017)"),
        Preset(
            name: "photos", text: "random-resized-crop:0.35,flip,color-jitter:0.3:0.3:0.3:0.02",
            summary: "photographs: crops of many sizes, mirrors, other light"),
    ]

    /// All names that a text may hold.
    static var names: [String] { ["none"] + presets.map(\.name) + kinds.map { $0.signature.name } }
}
