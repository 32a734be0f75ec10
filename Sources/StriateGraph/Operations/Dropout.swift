/// Sets each element to 0 with the probability `rate` and divides the others by `1 − rate` (Srivastava et al., 2014): training only.
/// Where `isByImage`, all elements of an image fall together: stochastic depth (Huang et al., 2016; torchvision's mode `row`).
///
/// Which elements fall is a function of the run's seed, of `stream`, of the image's place in the batch and of the element's index,
/// and of nothing else: the same bits for any number of threads, any lane width, and after a resume. It is linear and its own gradient.
public struct Dropout: Operation {
    public var rate: Float
    /// Tells apart the dropouts of one graph; see ``SeededGenerator/stream(_:)``.
    public var stream: UInt64
    public var isByImage: Bool

    public init(rate: Float, stream: UInt64, isByImage: Bool = false) {
        self.rate = rate
        self.stream = stream
        self.isByImage = isByImage
    }

    public var description: String { (isByImage ? "stochastic-depth" : "dropout") + " \(rate)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0].isBatched, "dropout takes values of each image, not \(inputs[0])")
        try require((0..<1).contains(rate), "a dropout rate lies in 0 ..< 1, not at \(rate)")
        return [inputs[0]]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(self, [upstream])[0]]
    }

    /// The two keys of a run, from which an element's number is hashed by ``isDropped(_:image:element:)``.
    public func keys(seed: UInt64) -> (UInt32, UInt32) {
        var generator = SeededGenerator(seed: seed, stream: stream)
        let key = generator.next()
        return (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    }

    /// An element falls where its hash lies below this.
    public var threshold: UInt32 { UInt32((Double(rate) * 4_294_967_296).rounded()) }

    /// Whether an element falls: two rounds of a 32-bit mixing function (constants of Wellons' lowbias32) over element and image.
    public func isDropped(_ keys: (UInt32, UInt32), image: Int, element: Int) -> Bool {
        let first = Dropout.mixed(UInt32(truncatingIfNeeded: isByImage ? 0 : element) ^ keys.0)
        return Dropout.mixed((first &+ UInt32(truncatingIfNeeded: image) &* 0x9E37_79B9) ^ keys.1) < threshold
    }

    /// A 32-bit mixing function: all bits of the result depend on all bits of the value.
    public static func mixed(_ value: UInt32) -> UInt32 {
        var x = value
        x = (x ^ x >> 16) &* 0x7FEB_352D
        x = (x ^ x >> 15) &* 0x846C_A68B
        return x ^ x >> 16
    }
}

extension Graph {
    /// Dropout with a stream named after the current path.
    public mutating func dropout(_ x: Value, rate: Float) throws(ShapeError) -> Value {
        rate == 0 ? x : try append(Dropout(rate: rate, stream: SeededGenerator.stream(path)), [x])[0]
    }

    /// Lets a branch of some images fall, with a stream named after the current path.
    public mutating func stochasticDepth(_ x: Value, rate: Float) throws(ShapeError) -> Value {
        rate == 0 ? x : try append(Dropout(rate: rate, stream: SeededGenerator.stream(path), isByImage: true), [x])[0]
    }
}
