import StriateFormats
import StriateGraph
import Testing

@Suite struct StrictLoadingTests {
    private var weights: Weights {
        var weights = Weights()
        weights["b"] = Tensor([2], [1, 2])
        weights["a"] = Tensor([1, 2], [3, 4])
        return weights
    }

    @Test func tensorsThatFitComeInTheNetworksOrder() throws {
        let matched = try weights.matched(to: [("a", [1, 2]), ("b", [2])], from: "f")
        #expect(matched.paths == ["a", "b"])
        #expect(matched["a"] == weights["a"])
    }

    @Test func allMisfitsAreNamedInOneLine() throws {
        let error = #expect(throws: FormatError.self) { try weights.matched(to: [("a", [2, 1]), ("c", [3])], from: "f") }
        #expect(
            try #require(error).description
                == "f: the tensors do not fit the network: 1 missing (c), 1 of another shape (a is 1×2, expected 2×1), 1 left over (b)")
    }

    @Test func manyMisfitsAreCounted() throws {
        let expected = (0..<100).map { (path: "layer\($0).weight", shape: Shape([1])) }
        let error = #expect(throws: FormatError.self) { try Weights().matched(to: expected, from: "f") }
        let message = try #require(error).description
        #expect(message.contains("100 missing (layer0.weight; layer1.weight; layer2.weight; …)"), "\(message)")
    }
}
