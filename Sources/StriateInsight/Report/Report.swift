public import StriateTraining

/// All that is drawn of a model's test and of the run that it comes from: single pictures, and one page with all of them.
/// What is not known is left out.
public struct Report: Sendable {
    /// Such as `lenet5 on mnist`.
    public var title: String
    /// What the tested images are called: `test` or `validation`.
    public var judge = "test"
    /// The classes' names, by number.
    public var classes: [String]
    /// The epochs of the run.
    public var epochs: [EpochMetrics] = []
    public var evaluation: Evaluation?
    public var details: EvaluationDetails?
    /// What decided the result, for the page alone.
    public var settings: [(name: String, value: String)] = []

    public init(title: String, classes: [String]) {
        self.title = title
        self.classes = classes
    }

    /// A picture with the part of the page that it belongs to.
    public struct Figure: Sendable {
        enum Part: String, CaseIterable { case learning = "Learning", answers = "Answers", pictures = "Pictures" }

        /// What its file is called, such as `curves.svg`.
        public let file: String
        let part: Part
        let drawing: Drawing

        /// A picture that needs no other file and reads well on light and dark pages.
        public var svg: String { drawing.svg }
    }

    /// Everything that can be drawn. This is the work: ``html(with:)`` only puts it together.
    public var figures: [Figure] {
        var figures = [Figure]()
        func add(_ file: String, _ part: Figure.Part, _ drawing: Drawing?) {
            if let drawing { figures.append(Figure(file: file, part: part, drawing: drawing)) }
        }
        let rates = epochs.compactMap { epoch in epoch.rate.map { (epoch: epoch.epoch, rate: Double($0)) } }
        add("curves.svg", .learning, epochs.isEmpty ? nil : curves.drawing)
        add("rate.svg", .learning, rates.isEmpty ? nil : LearningRateCurve(rates).drawing)
        add("classes.svg", .answers, evaluation.map { ClassBars($0, classes: classes).drawing })
        add("calibration.svg", .answers, details.map { ReliabilityDiagram($0.reliability).drawing })
        add("confusion.svg", .answers, evaluation.map { ConfusionMatrix($0.confusion, classes: classes).drawing })
        add("samples.svg", .pictures, details.map { samples($0).drawing })
        add("mistakes.svg", .pictures, details.map { mistakes($0).drawing })
        return figures
    }

    private var curves: TrainingCurves {
        let points = epochs.map {
            TrainingCurves.Epoch(
                number: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, testLoss: $0.validationLoss,
                testAccuracy: $0.validationAccuracy)
        }
        return TrainingCurves(points, title: title, judge: judge)
    }

    private func samples(_ details: EvaluationDetails) -> ExampleSheet {
        ExampleSheet(
            details.samples, classes: classes, title: "Samples",
            note: "the same \(judge) images every time: the class, and below it the probability of the answer; red: a wrong answer")
    }

    private func mistakes(_ details: EvaluationDetails) -> ExampleSheet {
        let note = details.mistakes.isEmpty
            ? "none: every \(judge) image was recognised"
            : "the class, and below it the wrong answer with its probability; first those whose class seemed the least probable"
        return ExampleSheet(details.mistakes, classes: classes, title: "Worst mistakes", note: note)
    }
}
