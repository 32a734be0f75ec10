import Foundation
import StriateData
import StriateEngine
import StriateGraph
import StriateInsight
import StriateNetworks
import StriateTraining
import Testing

/// Pictures and the page of a small network that has not learnt anything.
@Suite struct ReportTests {
    private func report() throws -> Report {
        let network = try SmallNetwork.traced()
        let evaluator = try Evaluator(network.graph, weights: network.initialWeights(seed: 1), engine: LaneEngine(threads: 1))
        var details = EvaluationDetails(classes: 3), report = Report(title: "small on <noise>", classes: SmallNetwork.classes)
        report.evaluation = try evaluator.evaluate(on: PictureLoader(SmallNetwork.images(60)), observe: { details.add($0) })
        report.details = details
        report.epochs = (1...4).map {
            EpochMetrics(
                epoch: $0, trainLoss: 1 / Double($0), trainAccuracy: 0.5, validationLoss: 1, validationAccuracy: 0.4, imagesPerSecond: 1000,
                seconds: 2, rate: 0.01 / Float($0))
        }
        report.settings = [("network", "small"), ("data", "<noise>")]
        return report
    }

    @Test func everyPictureOfARunIsWellFormed() throws {
        let figures = try report().figures
        #expect(figures.map(\.file) == [
            "curves.svg", "rate.svg", "classes.svg", "calibration.svg", "confusion.svg", "samples.svg", "mistakes.svg",
        ])
        for figure in figures {
            let elements = try #require(Elements(figure.svg), "\(figure.file)")
            #expect(figure.svg.contains("@media (prefers-color-scheme: dark)"))
            for text in elements.all where text.name == "text" {
                #expect(text.attributes["x"].flatMap(Double.init).map { $0 >= 0 } == true, "\(figure.file): \(text.text)")
            }
        }
    }

    @Test func whatIsUnknownIsLeftOut() throws {
        var report = try report()
        report.details = nil
        report.epochs = []
        #expect(report.figures.map(\.file) == ["classes.svg", "confusion.svg"])
        #expect(Report(title: "nothing", classes: []).figures.isEmpty)
        #expect(Report(title: "nothing", classes: []).html(with: []).contains("<h1>nothing</h1>"))
    }

    @Test func thePageNeedsNoOtherFileAndNoScript() throws {
        let report = try report(), page = report.html(with: report.figures)
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("@import") && !page.contains("url("))
        let links = page.components(separatedBy: "href=\"").dropFirst()
        #expect(links.allSatisfy { $0.hasPrefix("data:image/png;base64,") } && links.count >= 30)
        #expect(page.contains("dog &amp; &lt;co&gt;") && !page.contains("dog & <co>"))
        #expect(page.components(separatedBy: "<figure>").count == 8)
        #expect(page.contains("60") && page.contains("calibration error"))
    }

    @Test func samplesShowWhatWasSeenAndAnswered() throws {
        let report = try report(), details = try #require(report.details)
        let sheet = ExampleSheet(details.samples, classes: SmallNetwork.classes, title: "Samples", note: "")
        let elements = try #require(Elements(sheet.svg))
        let pictures = elements.all.filter { $0.name == "image" }
        #expect(pictures.count == 30 && elements.texts("strong").prefix(11) == ["cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "dog & <co>"])
        let data = try #require(pictures[0].attributes["href"]?.split(separator: ",").last.flatMap { Data(base64Encoded: String($0)) })
        #expect(try PNG.decode(Array(data), file: "sample") == SmallNetwork.images(60)[0])
        #expect(elements.texts("wrong-label").count == details.samples.count { !$0.isRight })
    }

    @Test func largePicturesAreMadeSmaller() throws {
        let picture = Picture(shape: [3, 300, 200], pixels: Array(repeating: 90, count: 180_000))
        let example = EvaluationDetails.Example(place: 0, picture: picture, label: 0, answer: 0, probability: 1, logLikelihood: 0)
        let elements = try #require(Elements(ExampleSheet([example], classes: ["a"], title: "", note: "").svg))
        let image = try #require(elements.all.first { $0.name == "image" })
        let data = try #require(image.attributes["href"]?.split(separator: ",").last.flatMap { Data(base64Encoded: String($0)) })
        #expect(try PNG.decode(Array(data), file: "sample").shape == [3, 112, 74])
        #expect(image.attributes["height"] == "88" && image.attributes["width"] == "58.67")
    }

    @Test func barsTellRecallPrecisionAndErrors() throws {
        let evaluation = Evaluation(
            samples: 30, loss: 1, accuracy: 0.8, top5: 1, errors: 6, confusion: [[9, 1, 0], [2, 8, 0], [0, 3, 7]])
        let elements = try #require(Elements(ClassBars(evaluation, classes: SmallNetwork.classes).svg))
        #expect(elements.texts("value") == ["cat", "90.0 %", "dog & <co>", "80.0 %", "eel", "70.0 %"])
        #expect(elements.texts("small") == ["1", "2", "2", "4", "3", "0"])
        #expect(elements.all.count { $0.attributes["class"] == "mark" } == 3)
        #expect(evaluation.mostFrequentError(of: 2)?.answer == 1 && evaluation.mostFrequentError(of: 2)?.count == 3)
    }

    @Test func manyClassesShowThoseWithTheMostErrors() throws {
        let count = 80
        let confusion = (0..<count).map { row in (0..<count).map { $0 == row ? 10 : row >= 40 && $0 == row - 1 ? 2 : 0 } }
        let evaluation = Evaluation(samples: 880, loss: 1, accuracy: 0.9, top5: 1, errors: 80, confusion: confusion)
        let elements = try #require(Elements(ClassBars(evaluation, classes: (0..<count).map { "class \($0)" }).svg))
        let names = elements.texts("value").filter { $0.hasPrefix("class") }
        #expect(names.count == 50 && names.suffix(41) == (39..<80).map { "class \($0)" }[...])
    }

    @Test func theDiagramDrawsBinsThatHoldImages() throws {
        var reliability = Reliability()
        for place in 0..<100 { reliability.add(probability: place < 80 ? 0.98 : 0.5, isRight: place % 5 != 0) }
        let elements = try #require(Elements(ReliabilityDiagram(reliability).svg))
        #expect(elements.all.count { $0.attributes["class"] == "right" } == 2)
        #expect(elements.texts("small") == ["80.0 %"])
        #expect(Elements(ReliabilityDiagram(Reliability()).svg) != nil)
    }

    @Test func smallRatesAreWrittenShort() throws {
        let curve = LearningRateCurve((1...5).map { (epoch: $0, rate: 4e-5 / Double($0)) })
        let elements = try #require(Elements(curve.svg))
        #expect(elements.texts("label").prefix(3) == ["0", "1e-5", "2e-5"])
        #expect(elements.texts("test-label") == ["8e-6"])
    }
}
