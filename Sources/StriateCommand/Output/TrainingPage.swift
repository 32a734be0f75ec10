import Dispatch
import Foundation
import Striate
import StriateStudio
import Synchronization

/// The page of a training: a server that runs beside the thread that trains.
final class TrainingPage {
    private let studio: TrainingStudio
    private let serving: BackgroundWork
    private var feed: TrainingFeed?

    /// Returns once the server listens, and says where on standard error.
    ///
    /// - Throws: ``StudioError`` where it cannot.
    init(_ options: StudioOptions) throws {
        // A client that leaves is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let begun = DispatchSemaphore(value: 0), address = Mutex<String?>(nil)
        let studio = try TrainingStudio(options: options) { place in
            address.withLock { $0 = place }
            begun.signal()
        }
        self.studio = studio
        serving = BackgroundWork {
            // Whoever waits for the beginning need not wait for what failed.
            defer { begun.signal() }
            try await studio.run()
        }
        begun.wait()
        guard let place = address.withLock({ $0 }) else {
            try serving.wait()
            throw WorkError("the server for the page ended before it began")
        }
        Output.log("training at \(place)")
    }

    /// What people ask of the run.
    var control: TrainingControl { studio.control }

    func begin(_ run: TrainingRun, of network: TracedNetwork, classes: [String], judge: String) {
        feed = TrainingFeed(run, of: network, classes: classes, judge: judge, to: studio)
    }

    func show(_ progress: TrainingProgress) { feed?.add(progress) }
    func show(_ epoch: EpochMetrics) { feed?.add(epoch) }

    /// Tells the page how the run ended, nil for an error, and waits until all who watch know.
    func close(_ outcome: TrainingRun.Outcome?) {
        feed?.end(outcome)
        let studio = studio, stopping = BackgroundWork { await studio.stop() }
        try? stopping.wait()
        // What befalls the server now is no concern of the training's.
        try? serving.wait()
    }
}
