import NIOPosix
import Striate

/// A server on HTTP that classifies pictures with one model: an API for programs and a page for people.
///
///     let studio = try Studio(model) { print("listening at \($0)") }
///     try await studio.run()      // until stop() is called
public final class Studio: Sendable {
    private let service: WebService
    private let queue: PredictionQueue
    private let decoders: NIOThreadPool
    private let desk: ExplanationDesk
    private let gallery: GalleryService

    /// Threads that decode large pictures: so many of them are in memory at a time.
    private static let decodingThreads = 2

    /// - Parameters:
    ///   - isVerbose: Whether each request is logged, on standard error.
    ///   - onListening: Called once the server listens, with where: `http://127.0.0.1:8080/`.
    /// - Throws: ``StudioError`` for TLS files that cannot be used, ``NetworkError`` or ``EngineError`` where the model cannot be run.
    public init(
        _ model: ServedModel, options: StudioOptions = StudioOptions(), isVerbose: Bool = false,
        onListening: @escaping @Sendable (_ address: String) -> Void = { _ in }
    ) throws {
        let engine = try model.engine(threads: options.threads, batch: options.batch)
        let classifier = try BatchedClassifier(model, batch: options.batch, precision: options.precision, engine: engine)
        let metrics = Metrics(batch: options.batch)
        queue = PredictionQueue(classifier, capacity: options.queue, metrics: metrics)
        decoders = NIOThreadPool(numberOfThreads: Studio.decodingThreads)
        let pictures = PictureReader(
            preprocessing: model.description.preprocessing, bodies: BodyReader(limit: options.mostBodyBytes), mostPixels: options.mostPixels,
            mostPictures: min(options.mostPictures, options.queue), threads: decoders)
        desk = try ExplanationDesk(model, engine: engine)
        gallery = try GalleryService(model, threads: options.threads)
        let api = try PredictionRoutes(model: model, pictures: pictures, queue: queue).endpoints
            + ExplanationRoutes(model: model, pictures: pictures, desk: desk).endpoints + ModelRoutes(model).endpoints
            + gallery.endpoints() + HealthRoutes(network: model.description.network, queue: queue, metrics: metrics).endpoints
        service = try WebService(
            api: api, page: PageFile.lookInside, options: options, metrics: metrics, isVerbose: isVerbose, onListening: onListening)
    }

    deinit { queue.close() }

    /// Serves until ``stop()`` is called and what was accepted till then is answered. Once only.
    ///
    /// - Throws: ``StudioError`` where the address cannot be listened on.
    public func run() async throws {
        decoders.start()
        desk.start()
        gallery.start()
        let result: Result<Void, any Error>
        do { result = .success(try await service.run()) } catch { result = .failure(error) }
        queue.close()
        try? await decoders.shutdownGracefully()
        await desk.close()
        await gallery.close()
        try result.get()
    }

    /// Takes no more connections or requests, and lets ``run()`` return when those that were accepted are answered.
    public func stop() async { await service.stop() }
}
