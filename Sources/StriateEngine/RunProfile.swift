/// Where the time of one run went; see ``Program/profile(_:)``.
public struct RunProfile: Sendable {
    /// In the order in which they ran; what is prepared only once variables have changed is there if it was due.
    public var stages: [StageProfile]

    public init(stages: [StageProfile]) { self.stages = stages }

    /// Of the whole run.
    public var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }
}

/// Steps between two points where all workers wait for one another.
///
/// Where every group of images goes through all steps before the next one does, these run in turns; else a stage is one step, or some
/// that do not need one another.
public struct StageProfile: Sendable {
    /// In the order in which a worker comes to them.
    public var steps: [StepProfile]
    /// From the first worker's start to the last one's end.
    public var seconds: Double

    public init(steps: [StepProfile], seconds: Double) {
        self.steps = steps
        self.seconds = seconds
    }

    /// What the workers waited for one another, or needed to share out the work: the sum over workers, divided by their number.
    public var waiting: Double { max(0, seconds - steps.reduce(0) { $0 + $1.seconds }) }
}

/// A step of a plan, what it needs at least, and what it took.
public struct StepProfile: Hashable, Sendable {
    /// What it does, such as `convolution 3×3`.
    public var name: String
    /// The name without its sizes, such as `convolution`: steps of one kind can be added up.
    public var kind: String
    /// The layer that it is for, such as `layer1.0.conv1`; empty where it is for none.
    public var path: String
    /// Two for each multiply-add that the direct algorithm needs for the images that ran, taps on padding included. A faster algorithm
    /// does not need as many: it seems to exceed the machine's peak.
    public var operations: Int
    /// Of the values that it must read and write, each counted once. Those still in a cache do not come from memory.
    public var bytes: Int
    /// The time that workers spent in it: the sum over all of them, divided by their number.
    public var seconds: Double

    public init(name: String, kind: String, path: String, operations: Int, bytes: Int, seconds: Double) {
        self.name = name
        self.kind = kind
        self.path = path
        self.operations = operations
        self.bytes = bytes
        self.seconds = seconds
    }
}
