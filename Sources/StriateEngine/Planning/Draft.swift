/// A step before its buffers have places.
struct Draft {
    enum Kind {
        case group(@Sendable (Placement) -> any GroupStep)
        case batch(@Sendable (Placement) -> any BatchStep)
    }

    var kind: Kind
    var reads: [Buffer]
    var writes: [Buffer]
    /// Inputs whose memory a result may take over, as each element has been read for good before it is written.
    var takeovers: [(result: Buffer, inputs: [Buffer])] = []
    /// Buffers that this step overwrites for good (variables): all who read them come first.
    var overwrites: [Buffer] = []
    /// Depends on variables and constants alone: its results stay good until a variable changes.
    var isPreparation = false
    /// For the dump of a plan.
    var name: String
    /// The graph's nodes that it works for, by their index.
    var nodes: [Int] = []

    var isGroup: Bool { if case .group = kind { true } else { false } }
}

/// Where the buffers of a plan lie.
struct Placement: Sendable {
    var slots: [Slot]

    subscript(buffer: Buffer) -> Slot { slots[buffer.index] }
}
