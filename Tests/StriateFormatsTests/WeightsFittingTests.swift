import StriateFormats
import StriateGraph
import Testing

@Suite struct WeightsFittingTests {
    private let network = [
        ExpectedTensor("conv.weight", [4, 1, 3, 3]), ExpectedTensor("aux.fc.weight", [10, 4], .optional),
        ExpectedTensor("aux.fc.bias", [10], .optional), ExpectedTensor("fc.weight", [10, 4]), ExpectedTensor("fc.bias", [10]),
    ]

    private func file(classes: Int, without missing: String? = nil) -> Weights {
        var weights = Weights()
        for tensor in network where missing == nil || !tensor.path.hasPrefix(missing ?? "") {
            let extents = tensor.shape.extents
            weights[tensor.path] = Tensor(Shape(extents[0] == 10 ? [classes] + extents.dropFirst() : extents), repeating: 1)
        }
        return weights
    }

    @Test func aChosenNumberOfClassesReplacesTheClassifiers() throws {
        let fitted = try file(classes: 1000).fitted(to: network, classes: 10, from: "f")
        #expect(fitted.weights.paths == ["conv.weight"])
        #expect(fitted.fresh == ["aux.fc.weight", "aux.fc.bias", "fc.weight", "fc.bias"])
        #expect(fitted.notes == ["aux.fc, fc start afresh: the file has 1000 classes, the network 10"])
    }

    @Test func anotherNumberOfClassesIsAnErrorUnlessItWasChosen() throws {
        let error = #expect(throws: FormatError.self) { try file(classes: 1000).fitted(to: network, from: "f") }
        #expect(try #require(error).description.contains("fc.weight is 1000×4, expected 10×4"))
    }

    @Test func onlyTheNumberOfClassesMayDiffer() throws {
        var weights = file(classes: 1000)
        weights["fc.weight"] = Tensor([1000, 5], repeating: 0)
        let error = #expect(throws: FormatError.self) { try weights.fitted(to: network, classes: 10, from: "f") }
        #expect(try #require(error).description.contains("1 of another shape (fc.weight is 1000×5, expected 10×4)"))
        weights = file(classes: 1000)
        weights["fc.bias"] = Tensor([999], repeating: 0)
        #expect(throws: FormatError.self) { try weights.fitted(to: network, classes: 10, from: "f") }
    }

    @Test func anAbsentBranchStartsAfreshAndAPartOfOneIsMissing() throws {
        let fitted = try file(classes: 10, without: "aux").fitted(to: network, from: "f")
        #expect(fitted.fresh == ["aux.fc.weight", "aux.fc.bias"])
        #expect(fitted.notes == ["aux starts afresh: not in the file"])
        let error = #expect(throws: FormatError.self) { try file(classes: 10, without: "aux.fc.bias").fitted(to: network, from: "f") }
        #expect(try #require(error).description.contains("1 missing (aux.fc.bias)"))
    }

    @Test func nobodyIsToldOfSpareTensors() throws {
        let inference = network.map { ExpectedTensor($0.path, $0.shape, $0.need == .optional ? .spare : .required) }
        for missing in [nil, "aux"] {
            let fitted = try file(classes: 10, without: missing).fitted(to: inference, from: "f")
            #expect(fitted.notes.isEmpty)
            #expect(fitted.weights.paths.contains("aux.fc.weight") == (missing == nil), "what is there is kept")
        }
    }

    @Test func onlyACounterOfBatchesIsLeftAside() throws {
        var weights = file(classes: 10)
        weights["bn.num_batches_tracked"] = Tensor(7)
        #expect(try weights.fitted(to: network, from: "f").weights == file(classes: 10))
        weights["bn.num_batches_tracked"] = Tensor([1], [7])
        #expect(throws: FormatError.self) { try weights.fitted(to: network, from: "f") }
    }

    @Test func namesOfWrappersAreTakenOffWhereAllHaveThem() throws {
        func read(_ names: String...) throws -> [String] {
            var weights = Weights()
            for name in names { weights[name] = Tensor(1) }
            return try WeightsFile.read(bytes: Safetensors(weights).encoded, name: "f").paths
        }
        #expect(try read("module.a.weight", "module.b.bias") == ["a.weight", "b.bias"])
        #expect(try read("_orig_mod.module.a") == ["a"])
        #expect(try read("module.a", "b") == ["module.a", "b"])
    }

    @Test func aCheckpointGivesItsWeightsAlone() throws {
        var weights = Weights()
        weights["fc.weight"] = Tensor([1], [2])
        weights["optimizer.momentum.fc.weight"] = Tensor([1], [3])
        #expect(try WeightsFile.read(bytes: Safetensors(weights).encoded, name: "f") == weights.only(["fc.weight"]))
    }
}
