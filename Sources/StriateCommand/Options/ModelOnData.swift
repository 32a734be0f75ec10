import Foundation
import Striate

/// A model, and the data that it is tested with or looked at on, both as they were named on the command line.
struct ModelOnData {
    let loaded: LoadedModel
    let reader: DataReader
    /// What errors call the two.
    private let model: String
    private let data: String
    /// Why there are no training pictures, as far as that is known.
    private let trainingFailure: DataError?

    /// - Parameters:
    ///   - model: A network's name, a model file, or the folder of a run: one that divided these data itself decides which are for testing.
    ///   - splits: The parts that will be asked for; training pictures may be missing.
    ///   - options: What is said of a network by name.
    /// - Throws: Where either cannot be read, or the model does not know the data's classes.
    init(
        _ model: String, on source: DataSource, splits: [DataSet.Split], options: ModelOptions, isStrict: Bool, _ output: OutputOptions
    ) throws {
        (self.model, data) = (model, source.name)
        // A file that cannot be read is told before a download begins.
        let known = LoadedModel.isByName(model) ? nil : try options.load(model)
        let split = try ModelOnData.split(of: model, dividing: source.name)
        do {
            (reader, trainingFailure) = (try source.open(splits, split: split, isStrict: isStrict, output), nil)
        } catch let error as DataError where splits.contains(.train) {
            guard let test = try? source.open([.test], split: split, isStrict: isStrict, output) else { throw error }
            (reader, trainingFailure) = (test, error)
        }
        loaded = try known ?? options.load(model, classes: reader.classes)
        guard reader.classes.count <= loaded.description.classes.count else {
            throw WorkError(
                "\(source.name) has \(reader.classes.count) classes, but \(model) tells \(loaded.description.classes.count) apart; "
                    + "name the data it was trained for")
        }
    }

    /// The pictures of a part as the model sees them, their labels being the model's.
    func pictures(_ split: DataSet.Split, settings: LoadingSettings) throws -> PictureLoader {
        try reader.loader(split, for: loaded.description.preprocessing, settings: settings)
            .labelled(as: loaded.description.classes, data: data, model: model)
    }

    /// The pictures that the model is tested with.
    ///
    /// - Throws: ``WorkError`` where there are none.
    func testPictures(settings: LoadingSettings) throws -> PictureLoader {
        let pictures = try pictures(.test, settings: settings)
        guard pictures.count > 0 else { throw WorkError("\(data): there are no test images") }
        return pictures
    }

    /// The pictures that the model may have learned from; nil where there are none, which is told.
    func trainingPictures(settings: LoadingSettings, _ output: OutputOptions) -> PictureLoader? {
        do {
            if let trainingFailure { throw trainingFailure }
            return try pictures(.train, settings: settings)
        } catch {
            if !output.quiet { Output.log("no training pictures: \(error)") }
            return nil
        }
    }

    /// A run that divided these data itself is not tested with what it learned from.
    private static func split(of model: String, dividing data: String) throws -> DataSplit {
        let path = RunFolder.split(in: model)
        guard FileManager.default.fileExists(atPath: path), let options = try? RunFolder(reading: model).options(),
            URL(fileURLWithPath: options.data).resolvingSymlinksInPath() == URL(fileURLWithPath: data).resolvingSymlinksInPath()
        else { return DataSplit() }
        return DataSplit(saved: try SavedSplit(contentsOf: path))
    }
}
