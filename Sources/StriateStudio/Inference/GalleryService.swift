import Striate

/// What a model was served with beside itself: pictures of its data, and the saved models of its run.
struct GalleryService: Sendable {
    private let model: ServedModel
    /// Nil without data.
    private let desk: GalleryDesk?
    private let savedWeights: SavedWeights

    /// - Parameter threads: As ``StudioOptions/threads``.
    /// - Throws: ``EngineError`` where the processor lacks what the build uses.
    init(_ model: ServedModel, threads: Int?) throws(EngineError) {
        self.model = model
        savedWeights = SavedWeights(model)
        if let data = model.data { desk = try GalleryDesk(model, data, threads: threads) } else { desk = nil }
    }

    /// None where there is nothing beside the model.
    ///
    /// - Throws: ``NetworkError`` where the model cannot be traced.
    func endpoints() throws(NetworkError) -> [Endpoint] {
        let data = try desk.map { desk throws(NetworkError) in try GalleryRoutes(model: model, desk: desk).endpoints } ?? []
        return data + (model.saved.isEmpty ? [] : SavedModelRoutes(model: model, weights: savedWeights).endpoints)
    }

    func start() {
        savedWeights.start()
        desk?.start()
    }

    func close() async {
        await savedWeights.close()
        await desk?.close()
    }
}
