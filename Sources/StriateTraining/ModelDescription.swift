public import StriateFormats
public import StriateNetworks

extension ModelMetadata {
    /// What a model file says of a network of the catalogue.
    public init(_ description: ModelDescription, training: TrainingSummary? = nil) {
        self.init(
            network: description.network, options: description.options, classes: description.classes,
            preprocessing: description.preprocessing, training: training)
    }
}

extension ModelDescription {
    /// The network that a model file holds. Nothing is checked before it is traced.
    public init(_ metadata: ModelMetadata) {
        self.init(
            network: metadata.network, options: metadata.options, classes: metadata.classes, preprocessing: metadata.preprocessing)
    }
}
