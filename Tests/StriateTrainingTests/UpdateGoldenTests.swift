import Foundation
import ReferenceEngine
import StriateData
import StriateEngine
import StriateGraph
import StriateTraining
import Testing

/// What PyTorch makes of the small network, of matrices and of rates: `updates.json`, which `make_updates.py` makes.
struct UpdateFixture: Decodable {
    struct Case: Decodable {
        /// Of every seventh step.
        let losses: [Float]
        /// After the last, every fifth number.
        let weights: [String: [Double]]
    }

    struct Matrix: Decodable {
        let shape: [Int]
        let matrix: [Float]
        let result: [Double]
    }

    struct Plateau: Decodable { let losses: [Double], rates: [Double] }

    let pixels: [UInt8]
    let labels, partners: [Int32]
    let shares, imageWeights: [Float]
    let start: [String: [Float]]
    let cases: [String: Case]
    let orthogonal: [Matrix]
    let schedules: [String: [Double]]
    let plateau: Plateau

    static func read() throws -> UpdateFixture {
        let url = try #require(Bundle.module.url(forResource: "updates", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(UpdateFixture.self, from: Data(contentsOf: url))
    }

    var weights: Weights {
        let shapes: [(String, Shape)] = [
            ("hidden.weight", [8, 16]), ("hidden.bias", [8]), ("output.weight", [3, 8]), ("output.bias", [3]),
        ]
        var weights = Weights()
        for (path, shape) in shapes { weights[path] = Tensor(shape, start[path] ?? []) }
        return weights
    }

    var batch: PictureBatch { PictureBatch(shape: [1, 4, 4], pixels: pixels, labels: labels, classCount: 3) }
}

/// How a case of the fixture is trained here.
struct UpdateCase: Sendable, CustomTestStringConvertible {
    let name: String
    var optimizer = Optimizer.sgd(momentum: 0.9)
    var rate: Float = 0.1
    var updates = UpdateOptions()
    var objective = Objective()
    var schedule = Schedule.constant

    var testDescription: String { name }

    init(_ name: String, _ optimizer: Optimizer = .sgd(momentum: 0.9), rate: Float = 0.1, _ change: (inout UpdateCase) -> Void = { _ in }) {
        (self.name, self.optimizer, self.rate) = (name, optimizer, rate)
        change(&self)
    }

    static let all: [UpdateCase] = [
        UpdateCase("sgd", .sgd(momentum: 0.9, weightDecay: 0.01, nesterov: true)),
        UpdateCase("sgd, weights decay", .sgd(momentum: 0.9, weightDecay: 0.05)) { $0.updates.decayScope = .weights },
        UpdateCase("adam", .adam(beta1: 0.8, beta2: 0.99, weightDecay: 0.05), rate: 0.01),
        UpdateCase("adamw", .adamW(weightDecay: 0.1), rate: 0.01),
        UpdateCase("adamw, all decay", .adamW(epsilon: 1e-3, weightDecay: 0.1), rate: 0.01) { $0.updates.decayScope = .all },
        UpdateCase("rmsprop", .rmsprop(alpha: 0.9), rate: 0.003),
        UpdateCase("rmsprop, centred", .rmsprop(alpha: 0.95, epsilon: 1e-4, momentum: 0.5, centered: true, weightDecay: 0.01), rate: 0.001),
        UpdateCase("lars", .lars(weightDecay: 0.01, trust: 0.02), rate: 2),
        UpdateCase("muon", .muon(scaling: .original), rate: 0.02),
        UpdateCase("muon, matched", .muon(momentum: 0.9, nesterov: false), rate: 0.01),
        UpdateCase("clipped norm") { $0.updates.clipping = .norm(0.05) },
        UpdateCase("clipped values") { $0.updates.clipping = .value(0.01) },
        UpdateCase("smoothed") { $0.objective.labelSmoothing = 0.1 },
        UpdateCase("class weights") { $0.objective.classWeights = [0.5, 1, 2.5] },
        UpdateCase("smoothed, class weights") { ($0.objective.labelSmoothing, $0.objective.classWeights) = (0.2, [0.5, 1, 2.5]) },
        UpdateCase("mixed") { $0.objective.isMixed = true },
        UpdateCase("weighted") { $0.objective.isWeighted = true },
        UpdateCase("averaged") { $0.updates.average = WeightAverage(decay: 0.9) },
        UpdateCase("averaged after a warm-up") { $0.updates.average = WeightAverage(decay: 0.9, hasWarmup: true) },
        UpdateCase("sgd, one cycle", .sgd(momentum: 0.9, nesterov: true)) { $0.follow("one-cycle:momentum") },
        UpdateCase("adam, one cycle", .adam(), rate: 0.01) { $0.follow("one-cycle:0.4:25:10000:linear:momentum:0.7:0.9") },
    ]

    private mutating func follow(_ text: String) {
        schedule = Schedule(parsing: text) ?? .constant
        updates.isMomentumFed = schedule.momentumCycle != nil
    }

    func trainer(_ fixture: UpdateFixture, batch: Int = 12, on engine: any Engine) throws -> Trainer {
        try Trainer(
            smallGraph(), weights: fixture.weights, seed: 1, optimizer: optimizer, objective: objective, updates: updates, batch: batch,
            engine: engine)
    }

    func batch(_ fixture: UpdateFixture) -> PictureBatch {
        var batch = fixture.batch
        if objective.isMixed { batch.mixing = .init(partners: fixture.partners, shares: fixture.shares) }
        if objective.isWeighted { batch.weights = fixture.imageWeights }
        return batch
    }
}

@Suite struct UpdateGoldenTests {
    @Test(arguments: UpdateCase.all, [true, false])
    func fiftyStepsAreAsPyTorchMakesThem(update: UpdateCase, onLanes: Bool) throws {
        let fixture = try UpdateFixture.read(), golden = try #require(fixture.cases[update.name])
        let engine: any Engine = if onLanes { try LaneEngine(threads: 2) } else { ReferenceEngine() }
        let trainer = try update.trainer(fixture, on: engine), batch = update.batch(fixture)
        let losses = try (0..<50).map { step in
            let factor = update.schedule.factor(step: step, of: 50, epoch: 0, of: 1)
            let momentum = update.schedule.momentum(step: step, of: 50, epoch: 0, of: 1)
            return try trainer.step(on: batch, rate: Float(Double(update.rate) * factor), momentum: momentum).loss
        }
        for (index, expected) in golden.losses.enumerated() {
            #expect(abs(losses[index * 7] - expected) < 2e-4 * max(1, expected), "step \(index * 7)")
        }
        for (path, expected) in golden.weights {
            let values = try #require(trainer.weights[path]).values
            for (index, number) in expected.enumerated() {
                #expect(abs(Double(values[index * 5]) - number) < 5e-4 * max(1, abs(number)), "\(path)[\(index * 5)]")
            }
        }
    }

    @Test func theFixtureHasTheseCases() throws { #expect(try Set(UpdateFixture.read().cases.keys) == Set(UpdateCase.all.map(\.name))) }

    @Test(arguments: ["one-cycle", "one-cycle:0.4:10.0:100.0:linear", "exponential:0.9", "polynomial:2.0", "cosine", "milestones:2,4:0.1"])
    func ratesFollowPyTorchsSchedulers(text: String) throws {
        let schedule = try #require(Schedule(parsing: text)), fixture = try UpdateFixture.read()
        let expected = try #require(fixture.schedules[text])
        for (step, rate) in expected.enumerated() {
            let found = schedule.factor(step: step % 4, of: 4, epoch: step / 4, of: 5)
            #expect(abs(found - rate) < 1e-7, "step \(step)")
        }
        #expect(schedule.description == text)
    }

    @Test func theRateFallsOnPlateausAsPyTorchLetsIt() throws {
        let fixture = try UpdateFixture.read().plateau, schedule = try #require(Schedule(parsing: "plateau:0.5:2"))
        var state = PlateauState()
        for (loss, rate) in zip(fixture.losses, fixture.rates) {
            state.follow(loss, patience: 2)
            #expect(schedule.factor(step: 0, of: 1, epoch: 0, of: 9, reductions: state.reductions) == rate)
        }
        #expect(state.reductions > 1)
    }

    @Test(arguments: [true, false])
    func matricesAreOrthogonalizedAsMuonDoes(onLanes: Bool) throws {
        for matrix in try UpdateFixture.read().orthogonal {
            var graph = Graph(), weights = Weights()
            graph.output("y", try graph.append(Orthogonalization(), [graph.variable("x", Shape(matrix.shape))])[0])
            weights["x"] = Tensor(Shape(matrix.shape), matrix.matrix)
            let engine: any Engine = if onLanes { try LaneEngine(threads: 2) } else { ReferenceEngine() }
            let program = try engine.compile(graph, batch: 1)
            try program.load(weights)
            try program.run(Feed(count: 1, inputs: [:]))
            for (found, expected) in zip(program.output("y").values, matrix.result) { #expect(abs(Double(found) - expected) < 1e-4) }
        }
    }
}
