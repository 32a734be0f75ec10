public import StriateFormats
public import StriateNetworks

extension ModelMetadata {
    /// What a model file says of a model.
    public init(_ model: some ModelArchitecture, training: TrainingSummary? = nil) {
        self.init(
            network: model.network, options: model.options, classes: model.classes, preprocessing: model.preprocessing,
            graph: model.importedGraph, temperature: model.temperature == 1 ? nil : model.temperature, training: training)
    }
}

extension ModelDescription {
    /// The network of the catalogue that a model file holds. Nothing is checked before it is traced.
    public init(_ metadata: ModelMetadata) {
        self.init(
            network: metadata.network, options: metadata.options, classes: metadata.classes, preprocessing: metadata.preprocessing)
    }
}
