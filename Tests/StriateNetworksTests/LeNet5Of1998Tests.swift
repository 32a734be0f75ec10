import StriateGraph
import StriateNetworks
import Testing

/// The numbers of LeCun, Bottou, Bengio and Haffner (1998), section II.
@Suite struct LeNet5Of1998Tests {
    private func traced(_ classes: Int = 10) throws -> TracedNetwork {
        try ModelDescription(network: "lenet5-1998", classes: (0..<classes).map(String.init)).traced()
    }

    @Test func layersHaveThePublishedParametersAndConnections() throws {
        let network = try traced()
        let rows: [(path: String, output: Shape, parameters: Int, connections: Int, multiplyAdds: Int)] = [
            ("c1", [6, 28, 28], 156, 122_304, 117_600), ("s2", [6, 14, 14], 12, 5_880, 0),
            ("c3", [16, 10, 10], 1_516, 151_600, 150_000), ("s4", [16, 5, 5], 32, 2_000, 0),
            ("c5", [120, 1, 1], 48_120, 48_120, 48_000), ("f6", [84], 10_164, 10_164, 10_080), ("output", [10], 0, 840, 0),
        ]
        for row in rows {
            let layer = try #require(network.layers.first { $0.path == row.path })
            #expect(layer.output == row.output, "\(row.path)")
            #expect(layer.parameterCount == row.parameters, "\(row.path)")
            #expect(layer.connectionCount == row.connections, "\(row.path)")
            #expect(layer.multiplyAdds == row.multiplyAdds, "\(row.path)")
        }
        #expect(network.parameterCount == 60_000)
        #expect(network.connectionCount == 340_908)
        #expect(network.multiplyAdds == 325_680)
        let description = try NetworkCatalog.network(named: "lenet5-1998")
        #expect(description.parameterCount == 60_000 && description.connectionCount == 340_908)
    }

    @Test func parametersHaveTheirNames() throws {
        let parameters = try traced().parameters
        #expect(parameters.map(\.path) == [
            "c1.weight", "c1.bias", "s2.coefficient", "s2.bias", "c3.weight", "c3.bias", "s4.coefficient", "s4.bias", "c5.weight",
            "c5.bias", "f6.weight", "f6.bias",
        ])
        #expect(parameters.map(\.shape) == [
            [6, 1, 5, 5], [6], [6], [6], [16, 6, 5, 5], [16], [16], [16], [120, 16, 5, 5], [120], [84, 120], [84],
        ])
        #expect(parameters.allSatisfy { $0.role == .parameter })
    }

    /// Table 1 of the paper as it is printed: rows are the maps of S2, columns those of C3.
    @Test func c3SeesTheMapsOfTheTable() throws {
        let printed = [
            "X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX", ".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX",
        ].map(Array.init)
        let table = LeNet5Of1998.c3Connections
        #expect(table.rows == (0..<16).map { map in (0..<6).filter { printed[$0][map] == "X" } })
        #expect(table.count == 60)
        let mask = try traced().graph.nodes.compactMap { $0.operation as? ConnectionMask }
        #expect(mask == [ConnectionMask(table)])
    }

    @Test(arguments: ["published", "pytorch", "xavier", "he", "lecun"])
    func weightsOutsideTheTableStartAtZeroAndOthersDoNot(_ initializer: String) throws {
        let network = try ModelDescription(network: "lenet5-1998", options: ["initializer": initializer]).traced()
        let weight = try #require(network.initialWeights(seed: 3)["c3.weight"])
        for map in 0..<16 {
            for input in 0..<6 {
                let kernel = weight.values[(map * 6 + input) * 25..<(map * 6 + input + 1) * 25]
                let isConnected = LeNet5Of1998.c3Connections.rows[map].contains(input)
                #expect(kernel.allSatisfy { ($0 != 0) == isConnected }, "map \(map), input \(input)")
            }
        }
    }

    /// The inputs of a unit: 25 in C1; 75, 100 and 150 in C3; 400 in C5; 120 in F6. The paper's range is ±2.4 over their number.
    @Test(arguments: ["published", "lecun"])
    func weightsFillTheRangesOfAppendixA(_ initializer: String) throws {
        let network = try ModelDescription(network: "lenet5-1998", options: ["initializer": initializer]).traced()
        let weights = network.initialWeights(seed: 1)
        func expect(_ path: String, _ range: Range<Int>? = nil, fanIn: Float, atLeast share: Float) throws {
            let values = try #require(weights[path]).values
            let found = values[range ?? 0..<values.count].map(abs).max() ?? 0
            let bound = 2.4 / fanIn
            #expect(found <= bound * 1.000001 && found > share * bound, "\(path): \(found) of \(bound)")
        }
        try expect("c1.weight", fanIn: 25, atLeast: 0.9)
        for map in 0..<16 {
            let inputs = LeNet5Of1998.c3Connections.rows[map].count
            try expect("c3.weight", map * 150..<map * 150 + 150, fanIn: Float(inputs * 25), atLeast: 0.9)
        }
        try expect("c5.weight", fanIn: 400, atLeast: 0.99)
        try expect("f6.weight", fanIn: 120, atLeast: 0.99)
        #expect(weights["s2.coefficient"]?.values == Array(repeating: 0.5, count: 6))
        #expect(weights["s4.bias"]?.values == Array(repeating: 0, count: 16))
    }

    @Test func picturesAreExtendedAndPaperIsMinusATenth() throws {
        let model = try ModelDescription(network: "lenet5-1998")
        #expect(model.preprocessing.fit == .pad && model.preprocessing.shape == [1, 32, 32])
        let affine = try #require(try model.traced().graph.nodes.lazy.compactMap { $0.operation as? Affine }.first)
        #expect(abs(affine.offset[0] + 0.1) < 1e-7)
        #expect(abs(255 * affine.scale[0] + affine.offset[0] - 1.175) < 1e-6)
    }

    private func centers(_ classes: Int) throws -> Tensor {
        try #require(try traced(classes).graph.nodes.lazy.compactMap { ($0.operation as? Constant)?.tensor }.first { $0.shape.rank == 2 })
    }

    /// Figure 3: ink of each digit, and the smallest and largest number of pixels in which two differ.
    @Test func centersAreTheBitmapsOfTheFigure() throws {
        let centers = try centers(10)
        #expect(centers.shape == [10, 84] && centers.values.allSatisfy { abs($0) == 1 })
        let codes = (0..<10).map { Array(centers.values[$0 * 84..<$0 * 84 + 84]) }
        #expect(codes.map { $0.count { $0 == 1 } } == [35, 27, 33, 32, 41, 35, 39, 25, 43, 39])
        func distance(_ a: Int, _ b: Int) -> Int { zip(codes[a], codes[b]).count { $0 != $1 } }
        let distances = (0..<10).flatMap { a in (0..<a).map { b in distance(a, b) } }
        #expect(distances.min() == 12 && distance(6, 8) == 12)
        #expect(distances.max() == 50 && [distance(1, 4), distance(1, 8), distance(4, 7)] == [50, 50, 50])
        // The stem of the 1, and the bar of the 7.
        #expect(Array(codes[1][7 * 5..<7 * 6]) == [-1, -1, -1, 1, 1, -1, -1])
        #expect(Array(codes[7][0..<7]) == [1, 1, 1, 1, 1, 1, 1])
    }

    @Test func otherClassesGetCodesThatStay() throws {
        let (few, many) = (try centers(4), try centers(37))
        #expect(few.shape == [4, 84] && few.values == Array(many.values[0..<4 * 84]))
        #expect(many.shape == [37, 84])
        let codes = Set((0..<37).map { Array(many.values[$0 * 84..<$0 * 84 + 84]) })
        #expect(codes.count == 37)
        #expect(try centers(20).values == Array(many.values[0..<20 * 84]))
    }

    @Test func recipeIsThePapers() throws {
        let recipe = try NetworkCatalog.network(named: "lenet5-1998").recipe
        #expect(recipe.epochs == 20 && recipe.rate == 0.0005 && recipe.optimizer == .lecunSDLM)
        // 0.0002 from the third pass on, 0.0001 from the sixth, 0.00005 from the ninth, 0.00001 from the thirteenth.
        #expect(recipe.schedule == "factors:2=0.4,5=0.2,8=0.1,12=0.02")
    }
}
