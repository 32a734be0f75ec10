import StriateGraph
import StriateLanes
import Synchronization

extension LaneProgram {
    /// The ordinary run, stage by stage, with steps that time themselves.
    func profile(_ feed: Feed) throws(EngineError) -> RunProfile {
        try begin(feed)
        let clock = ContinuousClock(), groups = groups(of: feed.count)
        var profiles = [StageProfile]()
        withFedSources(feed) { feeds in
            for (stage, costs) in zip(stages, costs) {
                if case .preparation = stage, !needsPreparation { continue }
                for section in stage.sections(isDepthFirst: isDepthFirst(groups: groups)) {
                    let watches = section.map { _ in Stopwatch() }, timed = stage.timed(section, by: watches)
                    let seconds = clock.measure { run([timed], feeds, count: feed.count, seed: feed.seed) } / .seconds(1)
                    let steps = zip(costs[section], watches).map { cost, watch in
                        cost.profile(images: feed.count, groups: groups, seconds: watch.seconds / Double(pool.threads))
                    }
                    profiles.append(StageProfile(steps: steps, seconds: seconds))
                }
            }
        }
        needsPreparation = !graph.updates.isEmpty
        return RunProfile(stages: profiles)
    }
}

extension LanePlan.Stage {
    private var stepCount: Int {
        switch self {
        case .preparation(let steps), .batch(let steps): steps.count
        case .groups(let steps): steps.count
        }
    }

    /// The steps between which workers wait for one another, by their positions.
    fileprivate func sections(isDepthFirst: Bool) -> [Range<Int>] {
        if case .groups = self, !isDepthFirst { return (0..<stepCount).map { $0..<$0 + 1 } }
        return [0..<stepCount]
    }

    /// Some of the steps, each with a watch.
    fileprivate func timed(_ section: Range<Int>, by watches: [Stopwatch]) -> Self {
        switch self {
        case .preparation(let steps): .preparation(zip(steps[section], watches).map(TimedBatchStep.init))
        case .batch(let steps): .batch(zip(steps[section], watches).map(TimedBatchStep.init))
        case .groups(let steps): .groups(zip(steps[section], watches).map(TimedGroupStep.init))
        }
    }
}

/// Adds up the time that all workers spend in one step.
private final class Stopwatch: Sendable {
    private let nanoseconds = Atomic<Int>(0)
    private let clock = ContinuousClock()

    var seconds: Double { Double(nanoseconds.load(ordering: .relaxed)) * 1e-9 }

    func time(_ work: () -> Void) {
        let time = clock.measure(work) / .nanoseconds(1)
        nanoseconds.wrappingAdd(Int(time), ordering: .relaxed)
    }
}

private struct TimedGroupStep: GroupStep {
    let step: any GroupStep
    let watch: Stopwatch

    var parts: Int { step.parts }
    var scratchLanes: Int { step.scratchLanes }
    func run(_ frame: GroupFrame, part: Int) { watch.time { step.run(frame, part: part) } }
}

private struct TimedBatchStep: BatchStep {
    let step: any BatchStep
    let watch: Stopwatch

    var parts: Int { step.parts }
    var scratchLanes: Int { step.scratchLanes }
    func run(_ frame: BatchFrame, part: Int) { watch.time { step.run(frame, part: part) } }
}
