import Foundation
import StriateFormats
import StriateGraph
import Testing

@Suite struct ModelFileTests {
    static let model: ModelFile = {
        var weights = Weights()
        weights["conv.weight"] = Tensor([2, 1, 1, 1], [0.5, -1])
        weights["conv.bias"] = Tensor([2], [1, 2])
        let preprocessing = Preprocessing([1, 32, 32], fit: .pad, mean: [0.1307], standardDeviation: [0.3081])
        let training = TrainingSummary(dataset: "mnist", epochs: 10, seed: .max, accuracy: 0.9275, loss: 0.27)
        let metadata = ModelMetadata(
            network: "lenet5", options: ["pooling": "max", "activation": "tanh"], classes: ["zero", "\"one\"", "ü/猫"],
            preprocessing: preprocessing, training: training)
        return ModelFile(metadata, weights: weights)
    }()

    @Test func aModelIsReadAsItWasWritten() throws {
        try withFolder { folder in
            try Self.model.write(to: "\(folder)/m")
            #expect(try ModelFile.read("\(folder)/m") == Self.model)
        }
    }

    @Test func aModelNeedsNoTrainingSummary() throws {
        var untrained = Self.model
        untrained.metadata.training = nil
        let contents = Safetensors(untrained.weights, metadata: untrained.metadata.texts)
        #expect(try ModelFile(contents, file: "f") == untrained)
    }

    @Test func equalModelsGiveEqualBytes() throws {
        // Dictionaries of options differ in order from process to process and copy to copy.
        var other = Self.model
        other.metadata.options = [:]
        for key in ["activation", "pooling"] { other.metadata.options[key] = Self.model.metadata.options[key] }
        #expect(other.encodedForTests == Self.model.encodedForTests)
        #expect(Self.model.metadata.texts["format"] == "pt", "what Hugging Face's loaders ask for")
        #expect(Self.model.metadata.texts["striate.options"] == #"{"activation":"tanh","pooling":"max"}"#)
    }

    @Test func theOptimisersStateIsNoPartOfAModel() throws {
        var state = Self.model.weights
        state["optimizer.momentum.conv.bias"] = Tensor([2], [0, 0])
        let read = try ModelFile(Safetensors(state, metadata: Self.model.metadata.texts), file: "f")
        #expect(read == Self.model)
    }

    @Test func bareWeightsSayWhatToDo() throws {
        let error = #expect(throws: FormatError.self) { try ModelFile.read(fixture("floats.safetensors")) }
        #expect(try #require(error).description.contains("--weights"))
    }

    @Test(arguments: [
        ("striate.version", "2"), ("striate.version", "x"), ("striate.version", "0"), ("striate.options", "[]"), ("striate.classes", nil),
        ("striate.classes", "{"), ("striate.training", "null"), ("striate.preprocessing", "{}"), ("striate.network", nil),
    ])
    func damagedMetadataIsRefused(key: String, text: String?) throws {
        var texts = Self.model.metadata.texts
        texts[key] = text
        let error = #expect(throws: FormatError.self) { try ModelMetadata(texts: texts, file: "f") }
        #expect(try !#require(error).description.contains("\n"))
    }

    @Test(arguments: [
        #""channels":-1"#, #""channels":2"#, #""rows":0"#, #""rows":4294967296"#, #""mean":[]"#, #""standardDeviation":[0]"#,
        #""standardDeviation":[-1]"#, #""fit":"stretch""#,
    ])
    func preprocessingMustDescribePictures(replacement: String) throws {
        var texts = Self.model.metadata.texts
        let json = try #require(texts["striate.preprocessing"])
        let key = replacement.prefix { $0 != ":" }
        let start = try #require(json.range(of: key)).lowerBound
        let end = json[start...].range(of: #","[a-z]|\}$"#, options: .regularExpression)?.lowerBound ?? json.endIndex
        texts["striate.preprocessing"] = json.replacingCharacters(in: start..<end, with: replacement)
        #expect(texts["striate.preprocessing"] != json)
        #expect(throws: FormatError.self) { try ModelMetadata(texts: texts, file: "f") }
    }
}

extension ModelFile {
    var encodedForTests: [UInt8] { Safetensors(weights, metadata: metadata.texts).encoded }
}
