public import StriateGraph

/// Pixels move by random but smooth displacements: Simard, Steinkraus and Platt 2003, as torchvision's `ElasticTransform`.
///
/// Even noise in −1 … 1 for each pixel is blurred with `sigma` and multiplied by `alpha / 2` pixels, because torchvision counts
/// the picture's width as 2. The paper's α is therefore half of this one: its best values (α = 34, σ = 4) are `elastic:68:4`.
public struct ElasticDistortion: Transform {
    public var alpha: Double
    public var sigma: Double
    public var fill: UInt8

    public init(alpha: Double = 50, sigma: Double = 5, fill: UInt8 = 0) { (self.alpha, self.sigma, self.fill) = (alpha, sigma, fill) }

    public static let signature = StepSignature(
        "elastic", "pixels move by smooth random displacements", .number("alpha", 0...10_000, or: 50), .number("sigma", 0...64, or: 5), .fill)
    public init(_ arguments: StepArguments) {
        self.init(alpha: arguments.number(0), sigma: arguments.number(1), fill: arguments.byte(2))
    }
    public var arguments: [StepArgument] { [.number(alpha), .number(sigma), .number(Double(fill))] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        let extent = Extent(picture.rows, picture.columns)
        let kernel = GaussianKernel(size: Int(8 * sigma + 1) | 1, sigma: sigma)
        let x = noise(extent, kernel, &generator)
        let y = noise(extent, kernel, &generator)
        return picture.warped(by: Displacement(extent: extent, x: x, y: y), fill: fill)
    }

    private func noise(_ extent: Extent, _ kernel: GaussianKernel, _ generator: inout SeededGenerator) -> [Float] {
        [Float](unsafeUninitializedCapacity: extent.count) { plane, count in
            count = extent.count
            guard count > 0 else { return }
            let size = Float(alpha / 2)
            for pixel in 0..<extent.count { plane[pixel] = (2 * generator.unit() - 1) * size }
            kernel.blur(plane.baseAddress!, rows: extent.rows, columns: extent.columns)
        }
    }
}
