import StriateGraph

/// How many inputs a unit has, and how many units one input reaches: for a convolution both count every tap of the kernel.
public struct Fans: Hashable, Sendable {
    public var input: Int
    public var output: Int

    public init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }
}

/// How the numbers of one parameter start.
public enum Initializer: Hashable, Sendable {
    case constant(Float)
    /// U(−1/√fan_in, 1/√fan_in): what PyTorch's `Conv2d` and `Linear` do for weights (`kaiming_uniform_(a=√5)`) and biases alike.
    case pytorch
    /// U(−b, b) with b = √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).
    case xavierUniform
    /// N(0, 2 / fan_in) (He et al., 2015).
    case heNormal
    /// N(0, 2 / fan_out): the same for the way back, as torchvision starts VGG and ResNet.
    case heNormalFanOut
    /// U(−b, b) with b = √(3 / fan_in): what Caffe calls Xavier.
    case caffeXavier
    /// U(−2.4/fan_in, 2.4/fan_in) (LeCun et al., 1998, appendix A).
    case lecunUniform
    /// Of a convolution, the first kernels pass each input channel on as it is, and the others are ``pytorch``'s: as if the layer were
    /// not there, at first (Zagoruyko and Komodakis, 2017, DiracNets).
    case partialIdentity
    /// N(0, deviation²).
    case normal(deviation: Float)

    public static let zeros = Initializer.constant(0)
    public static let ones = Initializer.constant(1)

    /// Draws `count` numbers.
    func values(_ count: Int, fans: Fans, from generator: inout SeededGenerator) -> [Float] {
        let fanIn = Float(max(fans.input, 1)), fanOut = Float(max(fans.output, 1))
        switch self {
        case .constant(let value): return Array(repeating: value, count: count)
        case .pytorch: return uniform(count, bound: 1 / fanIn.squareRoot(), from: &generator)
        case .xavierUniform: return uniform(count, bound: (6 / (fanIn + fanOut)).squareRoot(), from: &generator)
        case .lecunUniform: return uniform(count, bound: 2.4 / fanIn, from: &generator)
        case .caffeXavier: return uniform(count, bound: (3 / fanIn).squareRoot(), from: &generator)
        case .heNormalFanOut: return normal(count, deviation: (2 / fanOut).squareRoot(), from: &generator)
        case .partialIdentity: return partialIdentity(count, fans: fans, from: &generator)
        case .heNormal: return normal(count, deviation: (2 / fanIn).squareRoot(), from: &generator)
        case .normal(let deviation): return normal(count, deviation: deviation, from: &generator)
        }
    }

    private func partialIdentity(_ count: Int, fans: Fans, from generator: inout SeededGenerator) -> [Float] {
        var values = Initializer.pytorch.values(count, fans: fans, from: &generator)
        guard count > 0, fans.input > 0 else { return values }
        let taps = fans.input * fans.output / count
        guard taps > 0 else { return values }
        for channel in 0..<min(fans.input / taps, count / fans.input) {
            for tap in 0..<fans.input { values[channel * fans.input + tap] = tap == channel * taps + taps / 2 ? 1 : 0 }
        }
        return values
    }

    private func uniform(_ count: Int, bound: Float, from generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in generator.uniform(in: -bound...bound) }
    }

    private func normal(_ count: Int, deviation: Float, from generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in generator.normal() * deviation }
    }
}

/// How all weights and biases of a network start (`--initializer`). Batch norm's scales and the like are none of these.
public enum Initialization: String, Hashable, Sendable, CaseIterable, Codable {
    /// Each layer's own way, as the network's source has it.
    case published
    case pytorch, xavier, he, lecun

    /// nil for the layer's own.
    public var weight: Initializer? {
        switch self {
        case .published: nil
        case .pytorch: .pytorch
        case .xavier: .xavierUniform
        case .he: .heNormal
        case .lecun: .lecunUniform
        }
    }

    /// PyTorch's default, which its `xavier_uniform_` and `kaiming_normal_` leave alone too; with `lecun` the weights' range.
    public var bias: Initializer? {
        switch self {
        case .published: nil
        case .pytorch, .xavier, .he: .pytorch
        case .lecun: .lecunUniform
        }
    }
}
