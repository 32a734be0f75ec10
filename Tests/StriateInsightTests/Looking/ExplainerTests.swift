import StriateData
import StriateEngine
import StriateGraph
import StriateInsight
import StriateNetworks
import Testing

/// Explanations beside PyTorch's on the same weights (`make_explanations.py` writes the methods out).
@Suite struct ExplainerTests {
    private let model: SmallModel
    private let explainer: Explainer

    init() throws {
        model = try SmallModel()
        explainer = try Explainer(model, weights: model.weights, engine: LaneEngine())
    }

    private var targets: [Int] {
        get throws {
            let top = Int(try #require(model.expected["top"]).values[0])
            return [top, (top + 2) % 5]
        }
    }

    @Test(arguments: ["act3", "block", "stem", "act1"])
    func gradCAMIsThatOfPyTorch(layer: String) throws {
        for target in try targets {
            let found = try explainer.explain(model.picture, by: .gradCAM(layer: layer), target: target)
            #expect(found.layer == layer && found.target == target)
            #expect([found.heatmap.rows, found.heatmap.columns] == (layer == "act3" ? [6, 6] : [12, 12]))
            try expectAgreement(found.heatmap.values, model.expected["\(target)/grad-cam/\(layer)"], "\(target) \(layer)")
        }
    }

    @Test func saliencyIsThatOfPyTorch() throws {
        for target in try targets {
            let found = try explainer.explain(model.picture, by: .saliency, target: target)
            try expectAgreement(found.heatmap.values, model.expected["\(target)/saliency"], "\(target)")
        }
    }

    @Test(arguments: [(Baseline.black, 20), (.mean, 7)])
    func integratedGradientsAreThoseOfPyTorch(baseline: Baseline, steps: Int) throws {
        for target in try targets {
            let found = try explainer.explain(model.picture, by: .integratedGradients(steps: steps, baseline: baseline), target: target)
            try expectAgreement(
                found.heatmap.values, model.expected["\(target)/integrated-gradients/\(baseline.rawValue)/\(steps)"], "\(target) \(baseline)")
        }
    }

    @Test(arguments: [(Baseline.mean, 3, 2), (.black, 5, 4)])
    func occlusionIsThatOfPyTorch(fill: Baseline, window: Int, stride: Int) throws {
        for target in try targets {
            let found = try explainer.explain(model.picture, by: .occlusion(window: window, stride: stride, fill: fill), target: target)
            try expectAgreement(
                found.heatmap.values, model.expected["\(target)/occlusion/\(fill.rawValue)/\(window)/\(stride)"], "\(target) \(fill)")
        }
    }

    @Test func unlessToldTheTopClassAndTheLastMapsAreExplained() throws {
        let found = try explainer.explain(model.picture, by: .gradCAM())
        #expect(found.target == (try targets[0]) && found.layer == "act3" && found.isTopClass)
        #expect(try explainer.explain(model.picture, by: .saliency, target: targets[1]).isTopClass == false)
        #expect(try explainer.explain(model.picture, by: .occlusion()).method == .occlusion(window: 2, stride: 1, fill: .mean))
        #expect(found.score == (try explainer.logits(of: model.picture)[found.target]))
        try expectAgreement(try explainer.logits(of: model.picture), model.expected["logits"], "logits")
    }

    /// The axiom of completeness (Sundararajan et al., 2017, section 3).
    @Test func integratedGradientsAddUpToTheChangeOfTheScore() throws {
        for target in 0..<5 {
            let found = try explainer.explain(model.picture, by: .integratedGradients(steps: 300, baseline: .black), target: target)
            let change = try #require(found.scoreChange)
            #expect((found.heatmap.values.reduce(0, +) - change).magnitude <= 0.01 * max(1, change.magnitude))
        }
    }

    @Test func aBatchOfOtherSizeChangesNothing() throws {
        let other = try Explainer(model, weights: model.weights, batch: 5, engine: LaneEngine())
        for method in ExplanationMethod.all {
            let (a, b) = (try explainer.explain(model.picture, by: method), try other.explain(model.picture, by: method))
            let worst = zip(a.heatmap.values, b.heatmap.values).map { ($0 - $1).magnitude }.max() ?? .infinity
            #expect(worst <= 1e-5 * a.heatmap.reach, "\(method.name)")
        }
    }

    @Test func everyMethodWorksOnLeNetOf1998() throws {
        let lenet = try ModelDescription(network: "lenet5-1998")
        let weights = try lenet.traced().initialWeights(seed: 1)
        let picture = Picture(shape: [1, 32, 32], pixels: (0..<1024).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
        let explainer = try Explainer(lenet, weights: weights, engine: LaneEngine())
        for method in ExplanationMethod.all {
            let found = try explainer.explain(picture, by: method)
            #expect(found.heatmap.reach > 0 && found.heatmap.values.allSatisfy(\.isFinite), "\(method.name)")
        }
    }

    @Test func mistakesAreToldAndNothingTraps() throws {
        func message(_ method: ExplanationMethod, target: Int? = nil) -> String {
            let error = #expect(throws: InsightError.self) { try explainer.explain(model.picture, by: method, target: target) }
            return error?.description ?? ""
        }
        #expect(message(.gradCAM(layer: "act9")).contains("did you mean act"))
        #expect(message(.gradCAM(layer: "fc")).contains("makes 5"))
        #expect(message(.saliency, target: 5).contains("0 to 4"))
        #expect(message(.saliency, target: -1).contains("0 to 4"))
        #expect(message(.integratedGradients(steps: 0)).contains("1 to 10000"))
        #expect(message(.occlusion(window: 0)).contains("at least 1"))
        #expect(message(.occlusion(window: 3, stride: 4)).contains("1 to 3"))
        #expect(throws: DataError.self) {
            try explainer.explain(Picture(shape: [1, 12, 12], pixels: Array(repeating: 0, count: 144)), by: .saliency)
        }
        let whole = try explainer.explain(model.picture, by: .occlusion(window: 99, stride: 99))
        #expect(Set(whole.heatmap.values).count == 1)
    }
}
