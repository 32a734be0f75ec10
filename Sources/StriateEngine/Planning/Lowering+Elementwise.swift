import StriateGraph
import StriateLanes

extension Lowering {
    mutating func lowerElementwise(_ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }
        let type = graph[node.results[0]], count = type.shape.count
        let result = makeBuffer(for: node.results[0])
        let channelCount = type.shape.rank == 0 ? 1 : type.shape[0], plane = channelCount == 0 ? 0 : count / channelCount
        let channels = Parts(channelCount, lanesEach: plane), elements = Parts(count)
        let name = "\(node.operation)"

        let operation = node.operation
        // All of these read an element before they write it: an input that is not needed again may become the result.
        addGroupStep(name, reads: inputs, writes: [result], reusable: inputs.filter { !records[$0.index].isShared }) { places in
            let slots = inputs.map { places[$0] }
            switch operation {
            case let activation as Activation:
                return ActivationStep(kind: activation.kind, x: slots[0], y: places[result], elements: elements)
            case let gradient as ActivationGradient:
                return ActivationGradientStep(
                    kind: gradient.kind, y: slots[0], upstream: slots[1], result: places[result], elements: elements)
            case is AddBias:
                return AddBiasStep(x: slots[0], bias: slots[1], result: places[result], channels: channels, plane: plane)
            case let affine as Affine:
                return AffineStep(
                    scale: affine.scale, offset: affine.offset, x: slots[0], result: places[result], channels: channels, plane: plane)
            default: fatalError("\(operation) is not element-wise")
            }
        }
    }

    mutating func lower(_ dropout: Dropout, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let elements = Parts(graph[node.results[0]].shape.count)
        addGroupStep("\(dropout)", reads: [x], writes: [result], reusable: [x]) {
            DropoutStep(dropout: dropout, x: $0[x], result: $0[result], elements: elements)
        }
    }

    mutating func lowerSquaredDistance(_ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, result = makeBuffer(for: node.results[0])
        let centers = graph[node.inputs[1]].shape, count = centers[0], features = centers[1], operation = node.operation
        if operation is SquaredDistanceCenterGradient {
            let share = makeBuffer(.groupFloats(centers.count))
            addGroupStep("\(operation) of a group", reads: inputs, writes: [share]) {
                SquaredDistanceCenterGradientStep(
                    x: $0[inputs[0]], centers: $0[inputs[1]], upstream: $0[inputs[2]], share: $0[share], features: features, count: count)
            }
            return addSumOfShares(share, result, count: centers.count)
        }
        addGroupStep("\(operation)", reads: inputs, writes: [result]) { places in
            let slots = inputs.map { places[$0] }
            guard operation is SquaredDistanceGradient else {
                return SquaredDistanceStep(x: slots[0], centers: slots[1], result: places[result], features: features, count: count)
            }
            return SquaredDistanceGradientStep(
                x: slots[0], centers: slots[1], upstream: slots[2], result: places[result], features: features, count: count)
        }
    }

    mutating func lowerLoss(_ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }
        let classes = graph[node.inputs[0]].shape.count, operation = node.operation
        let result = makeBuffer(for: node.results[0])
        addGroupStep("\(operation)", reads: inputs, writes: [result]) { places in
            let slots = inputs.map { places[$0] }
            switch operation {
            case let loss as SoftmaxCrossEntropy:
                return CrossEntropyStep(
                    logits: slots[0], labels: slots[1], result: places[result], classes: classes, background: loss.background)
            case let gradient as SoftmaxCrossEntropyGradient:
                return CrossEntropyGradientStep(
                    logits: slots[0], labels: slots[1], upstream: slots[2], result: places[result], classes: classes,
                    background: gradient.background)
            case is LabelLogit: return LabelLogitStep(logits: slots[0], labels: slots[1], result: places[result], classes: classes)
            case let gradient as LabelLogitGradient:
                return LabelLogitGradientStep(labels: slots[0], upstream: slots[1], result: places[result], classes: gradient.classes)
            default:
                return Top1Step(logits: slots[0], labels: slots[1], result: places[result], classes: classes)
            }
        }
    }

    mutating func lowerReduction(_ node: Node) {
        let x = buffer(of: node.inputs[0]), shape = graph[node.inputs[0]].shape
        let result = makeBuffer(for: node.results[0]), count = graph[node.results[0]].shape.count
        if let broadcast = node.operation as? BatchBroadcast {
            addGroupStep("\(broadcast)", reads: [x], writes: [result]) {
                BroadcastStep(x: $0[x], result: $0[result], elements: Parts(count), isMean: broadcast.kind == .mean)
            }
            return
        }
        // Each group's sum by itself, then the groups in order. A sum over the batch alone is one with a channel for every element.
        let isMean = (node.operation as? BatchReduction)?.kind == .mean
        let plane = count == 0 ? 0 : shape.count / count
        let share = makeBuffer(.groupFloats(count))
        let factor = node.operation is ChannelDot ? buffer(of: node.inputs[1]) : nil
        addGroupStep("\(node.operation) of a group", reads: [x] + (factor.map { [$0] } ?? []), writes: [share]) { places in
            ChannelSumStep(
                x: places[x], factor: factor.map { places[$0] }, share: places[share], channels: Parts(count, lanesEach: plane), plane: plane)
        }
        addSumOfShares(share, result, count: count, isMean: isMean)
    }

    mutating func addSumOfShares(_ share: Buffer, _ result: Buffer, count: Int, isMean: Bool = false) {
        addBatchStep("sum of the groups' shares", reads: [share], writes: [result]) {
            SumSharesStep(share: $0[share], result: $0[result], count: count, isMean: isMean)
        }
    }
}
