import StriateGraph
import StriateNetworks

/// The methods that follow the score's slope back into the network.
extension Explainer {
    func gradCAMLayer(_ name: String?) throws(InsightError) -> TracedLayer {
        guard let name else {
            guard let layer = network.lastSpatialLayer else {
                throw InsightError("\(model.network) has no convolution with maps for Grad-CAM; choose another method")
            }
            return layer
        }
        let layer = try network.layer(named: name)
        guard layer.output.rank == 3, layer.output.count > 0 else {
            throw InsightError("Grad-CAM looks at maps, and \(name) makes \(layer.output); name a layer of channels×rows×columns")
        }
        return layer
    }

    func gradCAM(_ question: Question, _ layer: TracedLayer) throws -> Heatmap {
        let (values, slopes) = try slopes(by: layer, question.pixels, target: question.target)
        let (maps, rows, columns) = (layer.output[0], layer.output[1], layer.output[2]), area = rows * columns
        var sum = [Float](repeating: 0, count: area)
        for map in 0..<maps {
            let places = map * area..<(map + 1) * area
            let weight = slopes[places].reduce(0, +) / Float(area)
            for (place, value) in values[places].enumerated() { sum[place] += weight * value }
        }
        return Heatmap(rows: rows, columns: columns, values: sum.map { max(0, $0) })
    }

    func saliency(_ question: Question) throws -> Heatmap {
        let slopes = try slopesByInput(question.pixels, target: question.target)
        return heatmap { channel, place, area in
            // By the normalised picture, which rises by 1 while a level rises by so much.
            (slopes[channel * area + place] * 255 * preprocessing.standardDeviation[channel]).magnitude
        } joined: { max($0, $1) }
    }

    func integratedGradients(_ question: Question, steps: Int, _ baseline: Baseline) throws -> (Heatmap, scoreChange: Float) {
        guard (1...10_000).contains(steps) else { throw InsightError("integrated gradients take 1 to 10000 steps, not \(steps)") }
        let target = question.pixels, start = plain(baseline)
        var sums = [Float](repeating: 0, count: target.count)
        for first in stride(from: 0, to: steps, by: batch) {
            var points = [Float]()
            points.reserveCapacity(batch * target.count)
            for step in first..<min(steps, first + batch) {
                let share = (Float(step) + 0.5) / Float(steps)
                for (from, to) in zip(start, target) { points.append(from + share * (to - from)) }
            }
            let slopes = try slopesByInput(points, target: question.target)
            for (place, slope) in slopes.enumerated() { sums[place % target.count] += slope }
        }
        let heatmap = heatmap { channel, place, area in
            let pixel = channel * area + place
            return (target[pixel] - start[pixel]) * sums[pixel] / Float(steps)
        } joined: { $0 + $1 }
        return (heatmap, question.score - (try logits(of: start)[question.target]))
    }

    /// The pixels of a picture of one colour.
    private func plain(_ baseline: Baseline) -> [Float] {
        let area = preprocessing.rows * preprocessing.columns
        return baseline.levels(for: preprocessing).flatMap { Array(repeating: $0, count: area) }
    }

    /// A number for each place of the picture, made of one for each channel.
    private func heatmap(
        _ value: (_ channel: Int, _ place: Int, _ area: Int) -> Float, joined join: (Float, Float) -> Float
    ) -> Heatmap {
        let (rows, columns) = (preprocessing.rows, preprocessing.columns), area = rows * columns
        let values = (0..<area).map { place in
            (1..<preprocessing.channels).reduce(value(0, place, area)) { join($0, value($1, place, area)) }
        }
        return Heatmap(rows: rows, columns: columns, values: values)
    }
}
