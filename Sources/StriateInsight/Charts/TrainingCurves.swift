/// Loss and accuracy over the epochs of a run, side by side.
public struct TrainingCurves: Sendable {
    /// What one epoch came to. Accuracies are shares, 0…1.
    public struct Epoch: Hashable, Sendable {
        /// From 1.
        public var number: Int
        public var trainLoss: Double
        public var trainAccuracy: Double
        public var testLoss: Double?
        public var testAccuracy: Double?

        public init(number: Int, trainLoss: Double, trainAccuracy: Double, testLoss: Double? = nil, testAccuracy: Double? = nil) {
            self.number = number
            self.trainLoss = trainLoss
            self.trainAccuracy = trainAccuracy
            self.testLoss = testLoss
            self.testAccuracy = testAccuracy
        }
    }

    public var epochs: [Epoch]
    public var title: String
    /// What the images are called that the run is judged by after each epoch.
    public var judge: String

    public init(_ epochs: [Epoch], title: String, judge: String = "test") {
        self.epochs = epochs
        self.title = title
        self.judge = judge
    }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        var drawing = Drawing(
            width: 16 + 2 * EpochPanel.width, height: EpochPanel.height, title: "\(title): loss and accuracy over \(epochs.count) epochs")
        drawing.text(title, x: 24, y: 36, "title")
        panel(
            "Loss", \.trainLoss, \.testLoss, axis: { Axis(0...max($0.upperBound, 1e-6), count: 6) }, label: { Numbers.fixed($0, $1) },
            end: { Numbers.fixed($0, $0 < 0.1 ? 4 : 3) }
        ).draw(in: &drawing, left: 24)
        panel(
            "Accuracy", \.trainAccuracy, \.testAccuracy, axis: TrainingCurves.shares,
            label: { Numbers.fixed($0 * 100, max(0, $1 - 2)) + " %" }, end: { Numbers.fixed($0 * 100, 2) + " %" }
        ).draw(in: &drawing, left: 24 + EpochPanel.width)
        return drawing
    }

    private func panel(
        _ heading: String, _ train: KeyPath<Epoch, Double>, _ test: KeyPath<Epoch, Double?>, axis: @escaping (ClosedRange<Double>) -> Axis,
        label: @escaping (Double, Int) -> String, end: @escaping (Double) -> String
    ) -> EpochPanel {
        EpochPanel(
            heading: heading, epochs: epochs.map(\.number), series: [
                .init(style: "train", word: "training", values: epochs.map { $0[keyPath: train] }),
                .init(style: "test", word: judge, values: epochs.map { $0[keyPath: test] }),
            ], axis: axis, label: label, end: end)
    }

    /// From a round number below the worst accuracy to 1 or a round number above the best.
    private static func shares(_ range: ClosedRange<Double>) -> Axis {
        let axis = Axis(max(0, range.lowerBound)...min(1, max(range.upperBound, range.lowerBound + 0.01)), count: 6)
        return axis.upper > 1 + 1e-9 ? Axis(max(0, range.lowerBound - 0.01)...1, count: 6) : axis
    }
}
