import StriateGraph

/// `digits`: pictures of handwritten-looking digits, drawn from a seed, so that everything works without a download.
///
/// Each digit is a few pen strokes in one of the ways in which people write it, bent and jittered, slanted, stretched, turned and
/// warped, then drawn with a soft round pen. Like MNIST's they are white on black, 28×28, the ink fitted into 20×20 with its
/// centre of mass in the middle. Nothing is taken from MNIST: the strokes are made by hand (`DigitStrokes`).
public enum Digits {
    /// How many training images the built-in set has: twice as many as MNIST, because the sigmoid network of the tutorials spends its
    /// first hundreds of thousands of images on a plateau, and has to learn from this set what real hands write.
    public static let trainCount = 120_000
    /// As many as MNIST.
    public static let testCount = 10_000
    public static let classes = (0...9).map(String.init)

    /// The data set `digits`.
    ///
    /// An image depends on nothing but the seed, the part and its index: a smaller set is the beginning of a larger one.
    public static func make(train: Int = trainCount, test: Int = testCount, seed: UInt64 = 1) throws(DataError) -> DataSet {
        try DataSet(name: "digits", train: make(.train, count: train, seed: seed), test: make(.test, count: test, seed: seed))
    }

    /// One part of the data set `digits`.
    public static func make(_ split: DataSet.Split, count: Int? = nil, seed: UInt64 = 1) -> ImageSet {
        let count = max(0, count ?? (split == .train ? trainCount : testCount))
        let part = SeededGenerator.stream("digits/\(split.rawValue)")
        let labels = (0..<count).map { index in
            var generator = SeededGenerator(seed: seed, stream: part &+ 2 &* UInt64(index))
            return Int32(generator.below(10))
        }
        let pixels = parallelFill(count: count, stride: DigitCanvas.side * DigitCanvas.side) { index, out in
            var generator = SeededGenerator(seed: seed, stream: part &+ 2 &* UInt64(index) &+ 1)
            draw(Int(labels[index]), from: &generator, to: out)
        }
        return ImageSet(shape: [1, DigitCanvas.side, DigitCanvas.side], pixels: pixels, labels: labels, classes: classes)
    }

    private static func draw(_ digit: Int, from generator: inout SeededGenerator, to out: UnsafeMutablePointer<UInt8>) {
        var hand = DigitStrokes(generator)
        hand.write(digit)
        generator = hand.generator
        var lines = hand.strokes.map(Spline.through)
        let reach = generator.below(4)
        for line in lines.indices { Spline.smooth(&lines[line], reach: reach) }
        DigitWarp(&generator).apply(to: &lines)
        DigitCanvas(&generator).draw(lines, to: out)
    }
}
