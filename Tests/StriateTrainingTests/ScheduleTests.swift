import Foundation
import StriateTraining
import Testing

@Suite struct ScheduleTests {
    private func factors(_ schedule: Schedule, epochs: Int, steps: Int = 1) -> [Double] {
        (0..<epochs).flatMap { epoch in (0..<steps).map { schedule.factor(step: $0, of: steps, epoch: epoch, of: epochs) } }
    }

    @Test func constantStaysOne() { #expect(factors(.constant, epochs: 3, steps: 2) == [1, 1, 1, 1, 1, 1]) }

    @Test func stepFallsEverySoManyEpochs() {
        #expect(factors(.step(epochs: 2, factor: 0.5), epochs: 6) == [1, 1, 0.5, 0.5, 0.25, 0.25])
    }

    @Test func milestonesFallOnceEach() {
        #expect(factors(.milestones(epochs: [1, 3], factor: 0.5), epochs: 5) == [1, 0.5, 0.5, 0.25, 0.25])
    }

    @Test func sharesFallInTheMiddleOfAnEpochToo() {
        #expect(factors(.shares([0.5, 0.75], factor: 0.5), epochs: 3, steps: 4) == [1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
    }

    @Test func factorsHoldUntilTheNext() {
        let factors = Schedule.factors([EpochFactor(epoch: 1, factor: 0.4), EpochFactor(epoch: 3, factor: 2)])
        #expect(self.factors(factors, epochs: 5) == [1, 0.4, 0.4, 2, 2])
    }

    @Test func linearFallsStepByStep() {
        #expect(factors(.linear(), epochs: 2, steps: 2) == [1, 0.75, 0.5, 0.25])
        #expect(factors(.linear(final: 0.5), epochs: 2) == [1, 0.75])
    }

    @Test func cosineIsHalfWayInTheMiddle() {
        let values = factors(.cosine(), epochs: 4)
        #expect(values[0] == 1 && abs(values[2] - 0.5) < 1e-12)
        #expect(abs(values[1] - (1 + 0.5.squareRoot()) / 2) < 1e-12 && abs(values[3] - (1 - 0.5.squareRoot()) / 2) < 1e-12)
    }

    @Test func warmupRisesAndThenTheRestBegins() {
        #expect(factors(.warmup(epochs: 2, then: .linear()), epochs: 4, steps: 2) == [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25])
    }

    @Test(arguments: ["constant", "step:30:0.1", "milestones:60,120:0.2", "milestones:50.0%,75.5%:0.1", "factors:2=0.4,5=0.2", "linear", "linear:0.01", "cosine", "cosine:0.001", "warmup:5+cosine", "exponential:0.95", "polynomial:0.9", "one-cycle", "one-cycle:0.25:10.0:100.0", "one-cycle:0.3:25.0:10000.0:linear", "one-cycle:momentum", "one-cycle:0.3:25.0:10000.0:linear:momentum:0.8:0.9", "plateau", "plateau:0.5:3", "warmup:2+one-cycle", "warmup:2+one-cycle:momentum"])
    func textsAreReadBack(text: String) throws {
        let schedule = try #require(Schedule(parsing: text))
        #expect(schedule.description == text)
        #expect(try JSONDecoder().decode([Schedule].self, from: JSONEncoder().encode([schedule])) == [schedule])
    }

    @Test(arguments: ["", "cosin", "step", "step:0:0.1", "step:3:x", "step:3:nan", "cosine:", "warmup:5", "warmup:0+cosine", "warmup:1+warmup:1+linear", "milestones::1", "constant:1", "linear:-1", "factors:", "factors:2", "factors:3=1,2=1", "factors:2=-1", "milestones:50%,3:0.1", "milestones:0%:0.1", "milestones:100%:0.1", "exponential", "polynomial:x", "one-cycle:2", "one-cycle:0.1:2", "one-cycle:0.1:0:2", "one-cycle:momentum:0.9", "one-cycle:momentum:0.9:0.8", "one-cycle:momentum:0.5:1", "plateau:0.5", "plateau:1:3", "plateau:0.5:-1"])
    func otherTextsAreRefused(text: String) { #expect(Schedule(parsing: text) == nil) }
}
