import StriateGraph

/// A whole number, or a whole number of times the number of images: what the shapes of a model with a free batch are made of.
struct Size: Hashable, Sendable {
    var number: Int
    /// Whether `number` counts batches.
    var timesBatch = false

    init(_ number: Int) { self.number = number }

    private init(_ number: Int, timesBatch: Bool) { (self.number, self.timesBatch) = (number, timesBatch) }

    /// The number of images.
    static let batch = Size(1, timesBatch: true)

    /// The number itself, or nil where it depends on the batch.
    var fixed: Int? { timesBatch ? nil : number }

    func times(_ factor: Int) -> Size? {
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : Size(product, timesBatch: timesBatch)
    }
}

/// Numbers that are known before anything runs: initialisers, constants, shapes, and what is computed of them at import.
struct KnownTensor: Hashable, Sendable {
    enum Elements: Hashable, Sendable {
        case floats([Float])
        /// Whole numbers and truth values (0 and 1).
        case sizes([Size])
        /// One number at every place, so that a shape alone claims no memory.
        case uniform(Float)
    }

    /// Their product is at most 2³¹ − 1.
    let extents: [Int]
    let elements: Elements

    init(_ extents: [Int], _ elements: Elements) {
        self.extents = extents
        self.elements = elements
    }

    init(_ sizes: [Size]) { self.init([sizes.count], .sizes(sizes)) }
    init(_ tensor: Tensor) { self.init(tensor.shape.extents, .floats(tensor.values)) }

    var count: Int { extents.reduce(1, *) }
    var isWhole: Bool { if case .sizes = elements { true } else { false } }

    /// The elements as floats, or nil where one depends on the batch.
    var floats: [Float]? {
        switch elements {
        case .floats(let values): return values
        case .uniform(let value): return Array(repeating: value, count: count)
        case .sizes(let sizes):
            let numbers = sizes.compactMap(\.fixed)
            return numbers.count == sizes.count ? numbers.map(Float.init) : nil
        }
    }

    /// The elements as whole numbers, or nil where they are floats.
    var sizes: [Size]? { if case .sizes(let sizes) = elements { sizes } else { nil } }

    /// The elements as whole numbers, or nil where they are floats or depend on the batch.
    var numbers: [Int]? {
        guard let sizes else { return nil }
        let numbers = sizes.compactMap(\.fixed)
        return numbers.count == sizes.count ? numbers : nil
    }

    /// The only element, or nil where there are more or none.
    var scalar: Float? {
        guard count == 1 else { return nil }
        if case .uniform(let value) = elements { return value }
        return floats?.first
    }

    var tensor: Tensor? { floats.map { Tensor(Shape(extents), $0) } }

    /// The same elements, as many, in another shape.
    func reshaped(to extents: [Int]) -> KnownTensor { KnownTensor(extents, elements) }

    /// The elements at these places, as a tensor of another shape.
    func picking(_ places: [Int], extents: [Int]) -> KnownTensor {
        switch elements {
        case .uniform: KnownTensor(extents, elements)
        case .floats(let values): KnownTensor(extents, .floats(places.map { values[$0] }))
        case .sizes(let sizes): KnownTensor(extents, .sizes(places.map { sizes[$0] }))
        }
    }
}
