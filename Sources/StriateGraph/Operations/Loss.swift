/// `log Σ eᶻ − z[label]`, image by image. Inputs: logits `[classes]`, labels (scalar: a class's number). Result scalar.
///
/// With a background, one more class joins the sum that is never right and whose logit never changes. On the negative distances of
/// ``SquaredDistance`` and with the background −j that is the discriminative loss of LeCun et al. (1998, eq. 9).
public struct SoftmaxCrossEntropy: Operation {
    public var background: Float?

    public init(background: Float? = nil) { self.background = background }

    public var description: String { "softmax-cross-entropy" + (background.map { " with background \($0)" } ?? "") }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try requireLogits(inputs[0], labels: inputs[1], for: "the cross-entropy")
        return [.batched(.scalar)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        return [try graph.append(SoftmaxCrossEntropyGradient(background: background), node.inputs + [upstream])[0], nil]
    }
}

/// `(softmax(z) − onehot(label)) · upstream`. Inputs: logits, labels, upstream (scalar). Result `[classes]`.
public struct SoftmaxCrossEntropyGradient: Operation {
    public var background: Float?

    public var description: String { "softmax-cross-entropy-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

/// `z[label]`, image by image. Inputs: logits `[classes]`, labels. Result scalar.
public struct LabelLogit: Operation {
    public init() {}

    public var description: String { "label-logit" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try requireLogits(inputs[0], labels: inputs[1], for: "the choice of a label's logit")
        return [.batched(.scalar)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        let classes = graph[node.inputs[0]].shape[0]
        return [try graph.append(LabelLogitGradient(classes: classes), [node.inputs[1], upstream])[0], nil]
    }
}

/// Upstream at the label's place, 0 elsewhere. Inputs: labels, upstream (scalar). Result `[classes]`.
public struct LabelLogitGradient: Operation {
    public var classes: Int

    public var description: String { "label-logit-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched([classes])] }
}

/// 1 where the largest logit (the first, of equals) is the label's, else 0. Inputs: logits `[classes]`, labels. Result scalar.
public struct Top1: Operation {
    public init() {}

    public var description: String { "top-1" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try requireLogits(inputs[0], labels: inputs[1], for: "top-1 accuracy")
        return [.batched(.scalar)]
    }
}

private func requireLogits(_ logits: ValueType, labels: ValueType, for what: String) throws(ShapeError) {
    try require(
        logits.isBatched && logits.shape.rank == 1 && logits.shape[0] > 0, "\(what) takes logits (one axis), not \(logits.shape)")
    try require(labels == .batched(.scalar), "\(what) takes one label for each image, not \(labels)")
}

extension Graph {
    public mutating func softmaxCrossEntropy(_ logits: Value, labels: Value, background: Float? = nil) throws(ShapeError) -> Value {
        try append(SoftmaxCrossEntropy(background: background), [logits, labels])[0]
    }

    public mutating func labelLogit(_ logits: Value, labels: Value) throws(ShapeError) -> Value {
        try append(LabelLogit(), [logits, labels])[0]
    }

    public mutating func top1(_ logits: Value, labels: Value) throws(ShapeError) -> Value {
        try append(Top1(), [logits, labels])[0]
    }
}
