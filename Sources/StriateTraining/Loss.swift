public import StriateGraph

/// What training makes small: the mean of this over the images of a batch.
///
/// Written as text (`--loss`, and in `config.json`): `cross-entropy`, `mse`, `map` (or `map:20` with another background).
public enum Loss: Hashable, Sendable {
    /// `log Σ eᶻ − z[label]` of the logits z.
    case crossEntropy
    /// For networks that end in Euclidean RBF units: the mean over the components of the squared difference between the features
    /// and the right class's centre, which is eq. 8 of LeCun et al. (1998) divided by the number of components (84).
    ///
    /// The paper's sum does not train with the paper's rates; the scale of its loss is not told.
    case meanSquaredError
    /// For such networks: the discriminative loss of eq. 9, `y[label] + log(e⁻ʲ + Σ e⁻ʸ)`, divided by the number of components; `background`
    /// is j, the penalty of a class of rubbish, for which the paper gives no value.
    case maximumAPosteriori(background: Float = 10)
}

extension Graph {
    /// The loss of each image.
    ///
    /// - Parameters:
    ///   - logits: `[classes]` for each image.
    ///   - labels: A class's number for each image.
    /// - Throws: ``ShapeError`` where the loss needs RBF units and the logits are not made by such.
    public mutating func loss(_ loss: Loss, of logits: Value, labels: Value) throws(ShapeError) -> Value {
        switch loss {
        case .crossEntropy: return try softmaxCrossEntropy(logits, labels: labels)
        case .meanSquaredError:
            let components = Float(try radialUnits(of: logits).components)
            return try multiply(try labelLogit(logits, labels: labels), by: -1 / components)
        case .maximumAPosteriori(let background):
            let components = Float(try radialUnits(of: logits).components)
            return try multiply(try softmaxCrossEntropy(logits, labels: labels, background: -background), by: 1 / components)
        }
    }

    /// The loss's diagonal second derivatives, where the Gauss–Newton back-propagation of ``secondDerivatives(from:_:by:)`` begins.
    ///
    /// - Returns: A value and the second derivative by each of its elements, image by image.
    mutating func curvature(of loss: Loss, logits: Value) throws(ShapeError) -> (value: Value, curvature: Value) {
        switch loss {
        case .crossEntropy:
            let p = try softmax(logits)
            return (logits, try arithmetic(.subtract, p, try arithmetic(.multiply, p, p)))
        case .meanSquaredError:
            let units = try radialUnits(of: logits)
            return (units.features, try affine(units.features, scale: [0], offset: [2 / Float(units.components)]))
        case .maximumAPosteriori(let background):
            let units = try radialUnits(of: logits)
            let sum = try curvature(of: units, logits: logits, background: -background)
            return (units.features, try multiply(sum, by: 1 / Float(units.components)))
        }
    }

    /// `2·(1 − Σ pᵢ) + Σ pᵢ·dᵢ² − (Σ pᵢ·dᵢ)²` for each feature x, with the classes' posteriors p and `dᵢ = 2·(x − cᵢ)`.
    private mutating func curvature(of units: RadialUnits, logits: Value, background: Float) throws(ShapeError) -> Value {
        let classes = self[logits].shape[0]
        let rubbish = try affine(try slice(logits, axis: 0, 0..<1), scale: [0], offset: [background])
        let all = try softmax(try concatenate([logits, rubbish]))
        let p = try slice(all, axis: 0, 0..<classes)
        let mass = try reduce(.sum, p, axes: [0], keepsAxes: true)
        // Means of the centres, and of their squares, weighted by p.
        let columns = try transpose(units.centers, [1, 0])
        let first = try linear(p, weight: columns)
        let second = try linear(p, weight: try arithmetic(.multiply, columns, columns))

        let x = units.features
        let xMass = try arithmetic(.multiply, x, mass)
        let half = try arithmetic(.subtract, xMass, first)  // Σ pᵢ·dᵢ / 2
        let squares = try add(
            try arithmetic(.subtract, try arithmetic(.multiply, x, xMass), try multiply(try arithmetic(.multiply, x, first), by: 2)),
            second)  // Σ pᵢ·dᵢ² / 4
        let spread = try multiply(try arithmetic(.subtract, squares, try arithmetic(.multiply, half, half)), by: 4)
        return try add(spread, try affine(mass, scale: [-2], offset: [2]))
    }

    /// A layer of Euclidean RBF units: what it measures, and from where.
    private struct RadialUnits {
        let features: Value
        let centers: Value
        let components: Int
    }

    /// The units whose negative squared distances the logits are.
    private func radialUnits(of logits: Value) throws(ShapeError) -> RadialUnits {
        let producers = self.producers
        let negated = nodes[producers[logits.index]]
        guard let affine = negated.operation as? Affine, affine.scale == [-1], affine.offset == [0] else { throw withoutUnits }
        let units = nodes[producers[negated.inputs[0].index]]
        guard units.operation is SquaredDistance else { throw withoutUnits }
        return RadialUnits(features: units.inputs[0], centers: units.inputs[1], components: self[units.inputs[0]].shape[0])
    }

    private var withoutUnits: ShapeError {
        ShapeError("the losses mse and map need a network that ends in Euclidean RBF units, such as lenet5-1998; use cross-entropy")
    }
}

// MARK: - As text

extension Loss: CustomStringConvertible {
    public var description: String {
        switch self {
        case .crossEntropy: "cross-entropy"
        case .meanSquaredError: "mse"
        case .maximumAPosteriori(let background): background == 10 ? "map" : "map:\(background)"
        }
    }

    /// Reads what ``description`` writes; nil for anything else.
    public init?(parsing text: String) {
        switch text {
        case "cross-entropy": self = .crossEntropy
        case "mse": self = .meanSquaredError
        case "map": self = .maximumAPosteriori()
        default:
            guard text.hasPrefix("map:"), let background = Float(text.dropFirst(4)), background.isFinite, background >= 0 else { return nil }
            self = .maximumAPosteriori(background: background)
        }
    }

    public static let optionForm = "cross-entropy, mse, map or map:PENALTY"
}
