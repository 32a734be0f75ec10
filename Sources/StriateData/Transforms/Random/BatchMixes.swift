public import StriateGraph

/// Images and labels are averaged with those of another image of the batch: Zhang et al. 2017, torchvision's `MixUp`.
///
/// One share for the whole batch, from Beta(alpha, alpha); each image meets the one before it, the first one the last.
public struct MixUp: BatchMix {
    public var alpha: Double

    public init(alpha: Double = 0.2) { self.alpha = alpha }

    public static let signature = StepSignature(
        "mixup", "each image and its label averaged with another's", .number("alpha", 0.001...1000, or: 0.2))
    public init(_ arguments: StepArguments) { self.init(alpha: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(alpha)] }

    public func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator) {
        mix(&batch, share: Float(generator.beta(alpha)))
    }

    /// - Parameter share: What each image keeps of itself, 0…1.
    package func mix(_ batch: inout PictureBatch, share: Float) {
        let size = batch.shape.count
        batch.gather { pixels, before in
            for index in 0..<size { pixels[index] = Rounding.byte(Float(before[index]) * (1 - share) + Float(pixels[index]) * share) }
        }
        batch.mixing = .init(partners: batch.partners, shares: Array(repeating: share, count: batch.count))
    }
}

/// A rectangle of each image is that of another image of the batch, and labels count by area: Yun et al. 2019, torchvision's `CutMix`.
///
/// One rectangle for the whole batch: its area is one less a share from Beta(alpha, alpha), as far as it lies inside.
public struct CutMix: BatchMix {
    public var alpha: Double

    public init(alpha: Double = 1) { self.alpha = alpha }

    public static let signature = StepSignature(
        "cutmix", "a rectangle of each image from another, labels by area", .number("alpha", 0.001...1000, or: 1))
    public init(_ arguments: StepArguments) { self.init(alpha: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(alpha)] }

    public func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator) {
        let (rows, columns) = (batch.shape[1], batch.shape[2])
        guard rows > 0, columns > 0 else { return }
        let half = 0.5 * (1 - generator.beta(alpha)).squareRoot()
        let (x, y) = (generator.below(columns), generator.below(rows))
        let (width, height) = (Int(half * Double(columns)), Int(half * Double(rows)))
        mix(&batch, box: Box(top: y - height, left: x - width, rows: 2 * height, columns: 2 * width).clipped(rows: rows, columns: columns))
    }

    /// - Parameter box: What each image gets from another.
    package func mix(_ batch: inout PictureBatch, box: Box) {
        let (channels, rows, columns) = (batch.shape[0], batch.shape[1], batch.shape[2])
        batch.gather { pixels, before in
            for channel in 0..<channels {
                for row in box.top..<box.top + box.rows {
                    let first = (channel * rows + row) * columns + box.left
                    (pixels + first).update(from: before + first, count: box.columns)
                }
            }
        }
        let share = 1 - Float(box.rows * box.columns) / Float(rows * columns)
        batch.mixing = .init(partners: batch.partners, shares: Array(repeating: share, count: batch.count))
    }
}

extension PictureBatch {
    /// The labels of the images that others meet: each the one before it, the first one the last.
    fileprivate var partners: [Int32] {
        let own = rows.map { labels[$0] }
        return own.suffix(1) + own.dropLast()
    }

    /// Copies the batch's images, so that each can be changed with the one before it as it was.
    fileprivate mutating func gather(_ blend: (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>) -> Void) {
        let (size, order) = (shape.count, Array(rows))
        guard size > 0, let last = order.last else { return }
        let blended = pixels.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: order.count * size) { buffer, count in
                var previous = last
                for (place, row) in order.enumerated() {
                    let target = buffer.baseAddress! + place * size
                    target.update(from: source.baseAddress! + row * size, count: size)
                    blend(target, source.baseAddress! + previous * size)
                    previous = row
                }
                count = order.count * size
            }
        }
        var batch = PictureBatch(shape: shape, pixels: blended, labels: order.map { labels[$0] }, classCount: classCount, numbers: numbers)
        batch.weights = weights
        self = batch
    }
}
