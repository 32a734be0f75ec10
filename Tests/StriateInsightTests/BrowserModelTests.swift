import Foundation
import StriateFormats
import StriateGraph
import StriateInsight
import StriateNetworks
import Testing

@Suite struct BrowserModelTests {
    /// Every operation of every network has a name on the page; sizes do not matter for that.
    @Test(arguments: NetworkCatalog.networks.map(\.name))
    func thePageKnowsEveryOperation(_ network: String) throws {
        let traced = try ModelDescription(network: network).traced()
        for node in traced.graph.nodes { #expect(BrowserModel.attributes(of: node.operation) != nil, "\(node.path): \(node.operation)") }
    }

    private func lenet(_ classes: [String]) throws -> BrowserModel {
        let model = try ModelDescription(network: "lenet5", classes: classes)
        return try BrowserModel(model, weights: model.traced().initialWeights(seed: 1))
    }

    @Test func theGraphNamesItsValuesAndItsWeights() throws {
        let model = try lenet((0...9).map(String.init))
        let graph = try #require(try JSONSerialization.jsonObject(with: Data(model.graph.text.utf8)) as? [String: Any])
        let values = try #require(graph["values"] as? [[String: Any]]), nodes = try #require(graph["nodes"] as? [[String: Any]])
        #expect(model.weights.count == 61_706 * 4)
        #expect(values[try #require(graph["input"] as? Int)]["shape"] as? [Int] == [1, 32, 32])
        #expect(values[try #require(graph["logits"] as? Int)]["shape"] as? [Int] == [10])
        let normalized = try #require(graph["normalized"] as? Int)
        #expect(nodes.first { $0["result"] as? Int == normalized }?["op"] as? String == "affine")
        let tensors = try #require(graph["tensors"] as? [String: [String: Int]])
        let first = try #require(tensors["conv1.weight"]?["offset"])
        let weights = try ModelDescription(network: "lenet5").traced().initialWeights(seed: 1)
        let stored = model.weights[first * 4..<first * 4 + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(Float(bitPattern: stored) == weights["conv1.weight"]?.values[0])
    }

    @Test func aPageIsOneFileThatAsksForNothing() throws {
        let page = OfflinePage(try lenet((0...9).map(String.init))).html
        for place in ["src=\"", "href=\"style", "http://", "https://", "@import"] { #expect(!page.contains(place), "\(place)") }
        #expect(page.contains("default-src 'none'"))
        for file in PageFile.scripts { #expect(page.contains(file.text.split(separator: "\n")[2])) }
    }

    @Test func namesOfClassesCannotLeaveTheirScript() throws {
        let hostile = ["</script><script>alert(1)</script>", "<!-- <script>"] + (2...9).map(String.init)
        let page = OfflinePage(try lenet(hostile)).html
        #expect(!page.contains("<script>alert") && !page.contains("<!-- <script>"))
        let plain = OfflinePage(try lenet((0...9).map(String.init))).html
        #expect(page.components(separatedBy: "</script>").count == plain.components(separatedBy: "</script>").count)
        // What stands there is still the name.
        let start = try #require(page.range(of: #"id="model">"#)).upperBound
        let text = page[start..<(try #require(page.range(of: "</script>", range: start..<page.endIndex))).lowerBound]
        let graph = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(graph["classes"] as? [String] == hostile)
    }
}
