public import Striate

/// A server on HTTP that shows a training while it works, and lets people pause it, change its rate, or end it.
///
///     let studio = try TrainingStudio { print("training at \($0)") }
///     let feed = TrainingFeed(run, classes: classes, to: studio)
///     Task { try await studio.run() }
///     let outcome = try run.run(control: studio.control, onStep: { feed.add($0) }, onEpoch: { feed.add($0) })
///     feed.end(outcome)
///     await studio.stop()
public final class TrainingStudio: Sendable {
    /// What people ask of the run; give it to ``TrainingRun/run(until:interrupt:control:onStep:onEpoch:)``.
    public let control = TrainingControl()
    let board = LiveBoard()
    private let service: WebService

    /// How often watchers of whom nothing is heard are written to.
    private static let heartbeat = Duration.seconds(10)

    /// - Parameter onListening: Called once the server listens, with where: `http://127.0.0.1:8080/`.
    /// - Throws: ``StudioError`` for TLS files that cannot be used.
    public init(
        options: StudioOptions = StudioOptions(), isVerbose: Bool = false, onListening: @escaping @Sendable (_ address: String) -> Void = { _ in }
    ) throws(StudioError) {
        service = try WebService(
            api: TrainingRoutes(control: control, board: board).endpoints, page: PageFile.training, options: options, metrics: Metrics(batch: 1),
            isVerbose: isVerbose, onListening: onListening)
    }

    /// Serves until ``stop()`` is called. Once only.
    ///
    /// - Throws: ``StudioError`` where the address cannot be listened on.
    public func run() async throws {
        let board = board
        let heart = Task {
            while (try? await Task.sleep(for: TrainingStudio.heartbeat)) != nil { board.nudge() }
        }
        defer { heart.cancel() }
        try await service.run()
    }

    /// Tells all pages what they have not seen, and lets ``run()`` return.
    public func stop() async {
        board.close()
        await service.stop()
    }
}
