public import StriateData
public import StriateEngine
public import StriateGraph
public import StriateNetworks

/// The pictures of a set that excite each map of a layer most: what the layer has learned to look for (Zeiler and Fergus, 2014, section 4.1).
public struct ExcitingPictures: Hashable, Sendable {
    /// A picture, and the place where a map is largest in it.
    public struct Exciter: Hashable, Sendable {
        /// The picture's number in the set.
        public let number: Int
        public let label: Int
        public let value: Float
        /// In the map; 0 for a layer without places.
        public let row: Int
        public let column: Int
    }

    /// The layer's path.
    public let layer: String
    /// How many pictures were looked at.
    public let looked: Int
    /// For each map (or unit, in a layer without places) the pictures that excite it most, the most exciting first; of equal ones the first of the
    /// set comes first.
    public let maps: [[Exciter]]
}

/// A layer of a model, ready to be shown pictures. Not for use from two threads at once.
public final class ExcitementSearch {
    public let layer: TracedLayer
    /// For one picture, up to the layer.
    public let multiplyAdds: Int
    private let program: any Program

    /// About five seconds on one core.
    public static let standardBudget = 250_000_000_000

    /// A picture that costs less than this is counted as if it cost so much: reading the maps takes time too.
    private static let leastCost = 1_000_000
    /// Numbers that a run reads, and that it leaves to be looked through.
    private static let mostPixels = 1 << 22, mostValues = 1 << 24
    private static let output = "maps"

    /// - Parameter layer: The layer's path.
    /// - Throws: ``InsightError`` for a layer that is not there, ``NetworkError`` or ``EngineError`` where the model cannot be run.
    public init(_ model: any ModelArchitecture, weights: Weights, layer name: String, engine: any Engine) throws {
        let network = try model.traced()
        layer = try network.layer(named: name)
        var graph = network.graph
        guard graph[layer.value].isBatched, graph[layer.value].shape.rank > 0 else { throw InsightError("\(name) makes nothing of a picture") }
        // What comes after the layer need not be computed.
        graph.removeOutput(TracedNetwork.outputName)
        graph.output(ExcitementSearch.output, layer.value)
        graph = graph.optimized()
        multiplyAdds = graph.multiplyAdds
        let room = min(ExcitementSearch.mostPixels / model.preprocessing.shape.count, ExcitementSearch.mostValues / layer.output.count)
        program = try engine.compile(graph, batch: max(1, min(64, room)))
        try program.adopt(weights)
    }

    /// Looks at as many pictures as the budget allows, drawn from all of the set, always the same ones.
    ///
    /// - Parameters:
    ///   - most: How many pictures of a map are kept.
    ///   - budget: Multiply-adds to spend.
    ///   - progress: Called after each run with the number of pictures done; what it throws ends the search.
    /// - Throws: ``DataError`` where none can be read, ``EngineError`` where they do not fit the model.
    public func pictures(
        of set: PictureLoader, most: Int = 9, budget: Int = ExcitementSearch.standardBudget, progress: (Int) throws -> Void = { _ in }
    ) throws -> ExcitingPictures {
        let cost = max(multiplyAdds, ExcitementSearch.leastCost, 16 * layer.output.count)
        let order = Array(Shuffle.permutation(of: set.count, seed: 1, epoch: 0).prefix(max(1, budget / cost))).sorted()
        var ranking = Ranking(layer.output, most: max(1, most)), looked = 0
        let stream = set.batches(of: program.batch, order: order)
        while let batch = try stream.next() {
            try program.run(Feed(count: batch.count, inputs: [TracedNetwork.pixelsName: Source(.bytes(batch.pixels), rows: batch.rows)]))
            program.output(ExcitementSearch.output).values.withUnsafeBufferPointer { values in
                for (place, number) in batch.numbers.enumerated() { ranking.add(values, picture: place, number: number) }
            }
            looked += batch.count
            try progress(looked)
        }
        guard looked > 0 else { throw DataError("the training pictures", "none of them can be read") }
        let columns = layer.output.columnsOfMaps
        let maps = ranking.best.map { best in
            best.map { found in
                ExcitingPictures.Exciter(
                    number: found.number, label: Int(set.labels[found.number]), value: found.value, row: found.place / columns,
                    column: found.place % columns)
            }
        }
        return ExcitingPictures(layer: layer.path, looked: looked, maps: maps)
    }
}

/// The pictures in which maps are largest.
private struct Ranking {
    struct Found {
        let number: Int
        let value: Float
        /// In the map.
        let place: Int
    }

    private let most: Int
    /// Numbers of a map.
    private let area: Int
    private(set) var best: [[Found]]

    init(_ shape: Shape, most: Int) {
        self.most = most
        area = shape.count / shape[0]
        best = Array(repeating: [], count: shape[0])
    }

    /// - Parameters:
    ///   - values: Of all maps, picture after picture.
    ///   - picture: The picture's place among these.
    ///   - number: Its number in the set.
    mutating func add(_ values: UnsafeBufferPointer<Float>, picture: Int, number: Int) {
        for map in best.indices {
            let first = (picture * best.count + map) * area
            var largest = values[first], place = 0
            for index in 1..<max(1, area) where values[first + index] > largest { (largest, place) = (values[first + index], index) }
            insert(Found(number: number, value: largest, place: place), into: map)
        }
    }

    private mutating func insert(_ found: Found, into map: Int) {
        guard found.value.isFinite, best[map].count < most || found.value > best[map][most - 1].value else { return }
        let place = best[map].firstIndex { found.value > $0.value } ?? best[map].endIndex
        best[map].insert(found, at: place)
        if best[map].count > most { best[map].removeLast() }
    }
}

extension Shape {
    /// Of `[maps, rows, columns]`; 1 where there is one number in a row, or no rows.
    fileprivate var columnsOfMaps: Int { rank == 3 ? self[2] : 1 }
}
