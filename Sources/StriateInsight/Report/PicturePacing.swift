/// Says when pictures are worth drawing again: after so much time that drawing takes a small share of all.
public struct PicturePacing: Sendable {
    /// The share of the time that drawing may take, the first pictures aside.
    public let share: Double
    private var last: (end: ContinuousClock.Instant, cost: Duration)?

    public init(share: Double = 0.02) { self.share = share }

    /// Whether so much time has passed since the last pictures that others of their cost are within the share.
    public var isDue: Bool {
        guard let last else { return true }
        return .now - last.end >= last.cost * (1 / share - 1)
    }

    /// Pictures were drawn just now.
    public mutating func add(_ cost: Duration) { last = (.now, cost) }
}
