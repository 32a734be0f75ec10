import Foundation
import ReferenceEngine
import StriateData
import StriateEngine
import StriateGraph
import StriateTraining
import Testing

/// Features that are fed as they are, measured against the centres of three classes.
private struct RadialGraph {
    static let centers = Tensor([3, 4], [1, -1, 1, 1, -1, 1, 1, -1, 1, 1, -1, -1])
    static let features: [[Float]] = [[0.3, -0.8, 0.9, 0.1], [-0.2, 0.4, 1.1, -1.3]]
    static let labels: [Int32] = [0, 1]

    /// Runs a graph on features and labels and returns one output.
    static func run(_ features: [[Float]], _ build: (inout Graph, Value, Value) throws -> Value) throws -> [Double] {
        var graph = Graph()
        let x = graph.input("features", [4]), labels = graph.input("labels", .scalar)
        let distances = try graph.squaredDistance(x, to: graph.constant(centers))
        let logits = try graph.multiply(distances, by: -1)
        graph.output("result", try build(&graph, logits, labels))
        let program = ReferenceProgram(graph, batch: features.count)
        try program.run(
            Feed(
                count: features.count,
                inputs: [
                    "features": Source(.floats(features.flatMap { $0 }), first: features.count),
                    "labels": Source(.integers(Array(self.labels.prefix(features.count))), first: features.count),
                ]))
        return program.elements(of: "result")
    }

    static func distance(_ x: [Float], _ center: Int) -> Double {
        (0..<4).reduce(0) { $0 + pow(Double(x[$1]) - Double(centers.values[center * 4 + $1]), 2) }
    }
}

@Suite struct LossTests {
    @Test func theSquaredErrorIsTheMeanOverTheComponentsOfTheRightCentre() throws {
        let losses = try RadialGraph.run(RadialGraph.features) { try $0.loss(.meanSquaredError, of: $1, labels: $2) }
        for (loss, (x, label)) in zip(losses, zip(RadialGraph.features, [0, 1])) {
            #expect(abs(loss - RadialGraph.distance(x, label) / 4) < 1e-6)
        }
    }

    @Test func theDiscriminativeLossIsThePapersEquation9() throws {
        let losses = try RadialGraph.run(RadialGraph.features) {
            try $0.loss(.maximumAPosteriori(background: 2), of: $1, labels: $2)
        }
        for (loss, (x, label)) in zip(losses, zip(RadialGraph.features, [0, 1])) {
            let sum = exp(-2) + (0..<3).reduce(0) { $0 + exp(-RadialGraph.distance(x, $1)) }
            #expect(abs(loss - (RadialGraph.distance(x, label) + log(sum)) / 4) < 1e-6)
        }
    }

    @Test(arguments: [Loss.meanSquaredError, .maximumAPosteriori(background: 1), .crossEntropy])
    func lossesNeedTheirKindOfNetwork(loss: Loss) throws {
        var graph = Graph()
        let logits = graph.input("logits", [3]), labels = graph.input("labels", .scalar)
        if loss == .crossEntropy {
            _ = try graph.loss(loss, of: logits, labels: labels)
        } else {
            let error = #expect(throws: ShapeError.self) { try graph.loss(loss, of: logits, labels: labels) }
            #expect(error?.message.contains("RBF") == true)
        }
    }

    @Test(arguments: ["cross-entropy", "mse", "map", "map:5.0"])
    func textsAreReadBack(text: String) throws {
        let loss = try #require(Loss(parsing: text))
        #expect(loss.description == text)
        #expect(try JSONDecoder().decode([Loss].self, from: JSONEncoder().encode([loss])) == [loss])
    }

    @Test(arguments: ["", "MSE", "map:", "map:-1", "map:inf", "hinge"])
    func otherTextsAreRefused(text: String) { #expect(Loss(parsing: text) == nil) }
}
