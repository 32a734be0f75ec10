import StriateGraph

/// A way of asking what in a picture speaks for a class. The class's score is its logit, divided by the temperature of a calibrated model.
public enum ExplanationMethod: Hashable, Sendable {
    /// Where a layer's maps speak for the class: `max(0, Σ wₖ·Aₖ)` with each map's weight wₖ the mean of the score's slope over it (Selvaraju et
    /// al., 2017, Grad-CAM, ICCV). At the layer's own size. Without a layer, ``StriateNetworks/TracedNetwork/lastSpatialLayer``.
    case gradCAM(layer: String? = nil)
    /// `|∂score/∂x|` by the normalised picture, the largest over the channels (Simonyan et al., 2014, Deep inside convolutional networks).
    case saliency
    /// `(x − x₀) · ∂score/∂x`, the slope being the mean of that at `steps` places between the baseline x₀ and the picture x, each in the middle of
    /// its part of the way; the sum over the channels (Sundararajan et al., 2017, Axiomatic attribution for deep networks, ICML). All
    /// values add up to nearly the difference between the scores of picture and baseline.
    case integratedGradients(steps: Int = 64, baseline: Baseline = .black)
    /// How far the score falls where a square covers the picture, the mean over all squares that cover a place (Zeiler and Fergus, 2014,
    /// Visualizing and understanding convolutional networks, ECCV). Squares that would pass the lower or right edge are cut off there.
    ///
    /// - Parameters:
    ///   - window: The side of the square; nil for a sixth of the picture's shorter side.
    ///   - stride: From one square to the next, at most `window`; nil for half of it.
    ///   - fill: What the square shows; nil for black where the network sees grey levels, whose ground that mostly is, else the mean.
    case occlusion(window: Int? = nil, stride: Int? = nil, fill: Baseline? = nil)

    /// As the command line and the API call it, such as `grad-cam`.
    public var name: String {
        switch self {
        case .gradCAM: "grad-cam"
        case .saliency: "saliency"
        case .integratedGradients: "integrated-gradients"
        case .occlusion: "occlusion"
        }
    }

    /// All methods, as they are unless told otherwise.
    public static let all: [ExplanationMethod] = [.gradCAM(), .saliency, .integratedGradients(), .occlusion()]
}

/// A picture of one colour, which shows nothing.
public enum Baseline: String, Hashable, Sendable, CaseIterable {
    case black, white
    /// The mean of the model's preprocessing: 0 once it is normalised.
    case mean

    /// The level of each channel, 0…255.
    func levels(for preprocessing: Preprocessing) -> [Float] {
        switch self {
        case .black: preprocessing.mean.map { _ in 0 }
        case .white: preprocessing.mean.map { _ in 255 }
        case .mean: preprocessing.mean.map { 255 * $0 }
        }
    }
}

/// What in a picture speaks for a class, by one method.
public struct Explanation: Sendable {
    /// With what was chosen where nothing was said.
    public let method: ExplanationMethod
    /// The number of the class.
    public let target: Int
    /// Whether the model finds no other class more likely.
    public let isTopClass: Bool
    /// The score of the class for the whole picture.
    public let score: Float
    /// At the size of the picture, for Grad-CAM at that of the layer.
    public let heatmap: Heatmap
    /// The difference between the scores of picture and baseline, to which integrated gradients nearly add up; nil for the other methods.
    public let scoreChange: Float?

    /// The layer that Grad-CAM looked at; nil for the other methods.
    public var layer: String? { if case .gradCAM(let layer) = method { layer } else { nil } }
}
