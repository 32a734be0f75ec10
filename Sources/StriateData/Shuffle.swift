import StriateGraph

/// The order in which an epoch visits the images.
public enum Shuffle {
    /// A permutation of 0 ..< `count` that depends on nothing but the seed and the epoch.
    ///
    /// Fisher and Yates' shuffle from the last place down (each place `i` swaps with one of 0…i), drawn from
    /// ``SeededGenerator`` with the stream of the name `shuffle` plus the epoch. A run that resumes in the middle of an epoch needs to know
    /// only the epoch and how many images it has seen.
    public static func permutation(of count: Int, seed: UInt64, epoch: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        var generator = SeededGenerator(
            seed: seed, stream: SeededGenerator.stream("shuffle") &+ UInt64(truncatingIfNeeded: epoch))
        for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, generator.below(place + 1)) }
        return order
    }

    /// As many numbers of images as there are labels, drawn with replacement so that every class that has images is as likely as any other:
    /// PyTorch's `WeightedRandomSampler` with weights of one over each class's number of images.
    ///
    /// Depends on nothing but the labels, the seed and the epoch.
    public static func balanced(_ labels: [Int32], seed: UInt64, epoch: Int) -> [Int] {
        let classes = Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
        var generator = SeededGenerator(
            seed: seed, stream: SeededGenerator.stream("balanced") &+ UInt64(truncatingIfNeeded: epoch))
        return labels.map { _ in
            let images = classes[generator.below(classes.count)]
            return images[generator.below(images.count)]
        }
    }
}
