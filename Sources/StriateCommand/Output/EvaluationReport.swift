import Striate

/// What `evaluate` found, as text and as JSON.
struct EvaluationReport {
    let model: String
    let data: String
    let classes: [String]
    let evaluation: Evaluation
    let answers: Answers
    let augmentation: TestTimeAugmentation
    /// Nil where none was asked for.
    let calibration: Calibration?

    // MARK: - JSON

    var json: JSON {
        let areas = answers.areasUnderCurves
        let rows = zip(classes, zip(evaluation.classScores, areas)).map { name, scores -> JSON in
            let (score, area) = scores
            return [
                "class": .string(name), "samples": .integer(score.support), "precision": JSON(score.precision), "recall": JSON(score.recall),
                "f1": JSON(score.f1), "roc_auc": JSON(area),
            ]
        }
        var members: [(String, JSON)] = [("model", .string(model)), ("data", .string(data))] + augmentation.json
        members += [
            ("samples", .integer(evaluation.samples)),
            ("loss", .number(evaluation.loss)), ("accuracy", .number(evaluation.accuracy)), ("top5", .number(evaluation.top5)),
            ("errors", .integer(evaluation.errors)), ("balanced_accuracy", .number(evaluation.balancedAccuracy)),
            ("macro", json(evaluation.macroAverage)), ("weighted", json(evaluation.weightedAverage)),
            ("roc_auc", JSON(answers.areaUnderCurve)), ("calibration_error", .number(answers.calibrationError())),
            ("confusion", .array(evaluation.confusion.map { JSON($0) })), ("classes", .array(rows)),
        ]
        if let calibration {
            let temperature = Double(calibration.temperature)
            members.append(("calibration", [
                "file": .string(calibration.file), "images": .integer(calibration.images), "temperature": .number(shortest(calibration.temperature)),
                "loss": .number(answers.negativeLogLikelihood(temperature: temperature)),
                "calibration_error": .number(answers.calibrationError(temperature: temperature)),
            ]))
        }
        return .object(members)
    }

    private func json(_ average: AverageScore) -> JSON {
        ["precision": .number(average.precision), "recall": .number(average.recall), "f1": .number(average.f1)]
    }

    // MARK: - Text

    var text: String {
        var text = scores.text
        // Wider than a screen, it would not be read.
        if classes.count <= 20 { text += "\n\n" + confusion.text }
        text += """


            \(Numbers.count(evaluation.samples, "image")), loss \(Numbers.fixed(evaluation.loss, 4)), \
            accuracy \(Numbers.percent(evaluation.accuracy)), top-5 \(Numbers.percent(evaluation.top5)), \
            \(Numbers.count(evaluation.errors, "error"))\
            \(augmentation == .none ? "" : ", logits averaged over \(augmentation.rawValue)")
            balanced accuracy \(Numbers.percent(evaluation.balancedAccuracy)), \
            ROC-AUC \(answers.areaUnderCurve.map { Numbers.fixed($0, 4) } ?? "–"), \
            calibration error \(Numbers.percent(answers.calibrationError()))
            """
        if let calibration {
            let temperature = Double(calibration.temperature)
            text += """

                temperature \(Numbers.fixed(temperature, 3)), fitted to \(Numbers.count(calibration.images, "image")): \
                calibration error \(Numbers.percent(answers.calibrationError())) → \
                \(Numbers.percent(answers.calibrationError(temperature: temperature))), \
                cross-entropy \(Numbers.fixed(answers.negativeLogLikelihood(), 4)) → \
                \(Numbers.fixed(answers.negativeLogLikelihood(temperature: temperature), 4)); written into \(calibration.file)
                """
        }
        return text
    }

    private var scores: Table {
        var table = Table([
            ("class", .left), ("images", .right), ("precision", .right), ("recall", .right), ("F1", .right), ("most taken for", .left),
        ])
        func percent(_ share: Double?) -> String { share.map { Numbers.percent($0, 1) } ?? "–" }
        for (index, score) in evaluation.classScores.enumerated() {
            let confusedWith = evaluation.mostFrequentError(of: index).map { "\(classes[$0.answer]) (\($0.count))" } ?? ""
            table.add([
                classes[index], Numbers.grouped(score.support), percent(score.precision), percent(score.recall), percent(score.f1), confusedWith,
            ])
        }
        table.addRule()
        for (name, average) in [("mean of classes", evaluation.macroAverage), ("mean of images", evaluation.weightedAverage)] {
            table.add([
                name, Numbers.grouped(evaluation.samples), percent(average.precision), percent(average.recall), percent(average.f1), "",
            ])
        }
        return table
    }

    private var confusion: Table {
        var table = Table([("is \\ taken for", .left)] + classes.map { (String($0.prefix(6)), .right) })
        for (index, name) in classes.enumerated() {
            table.add([name] + evaluation.confusion[index].map { $0 == 0 ? "·" : String($0) })
        }
        return table
    }
}

extension TestTimeAugmentation {
    /// What JSON says of it: nothing of a single look.
    var json: [(String, JSON)] { self == .none ? [] : [("tta", .string(rawValue))] }
}

/// A temperature that was fitted for a model.
struct Calibration {
    /// The model's file.
    let file: String
    /// How many images it was fitted to.
    let images: Int
    let temperature: Float

    /// Writes the temperature into the file; all else in it stays as it is.
    func write() throws {
        var contents = try Safetensors(contentsOf: file)
        contents.metadata[ModelMetadata.temperatureKey] = "\(temperature)"
        try contents.write(to: file)
    }
}
