/// The losses of many steps as a curve of few points, each the mean of equally many steps.
package struct LossTrace {
    /// How many steps each point is the mean of.
    package private(set) var stepsOfPoint = 1
    package private(set) var points: [Double] = []
    private var open = (sum: 0.0, count: 0)
    private let most: Int

    /// - Parameter most: The most points; even.
    package init(most: Int = 400) { self.most = most }

    package mutating func add(_ loss: Double) {
        open.sum += loss
        open.count += 1
        guard open.count == stepsOfPoint else { return }
        points.append(open.sum / Double(open.count))
        open = (0, 0)
        guard points.count == most else { return }
        points = stride(from: 0, to: most, by: 2).map { (points[$0] + points[$0 + 1]) / 2 }
        stepsOfPoint *= 2
    }
}
