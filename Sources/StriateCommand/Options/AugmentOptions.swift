import ArgumentParser
import Striate

/// `--augment`, where pictures are learned from or shown.
struct AugmentOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp(
        "Change training pictures by chance, as in cifar or crop:4:reflect,flip,mixup; see: striate data augmentations.",
        valueName: "list"))
    var augment: String?

    func validate() throws { _ = try augmentation() }

    /// What was asked for, or nil where nothing was.
    func augmentation() throws -> Augmentation? {
        guard let augment else { return nil }
        do { return try Augmentation(parsing: augment) } catch { throw UsageError("--augment: \(error)") }
    }
}
