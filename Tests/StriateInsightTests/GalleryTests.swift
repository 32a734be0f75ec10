import StriateData
import StriateEngine
import StriateGraph
import StriateInsight
import StriateNetworks
import StriateTraining
import Testing

/// Pictures of which some cannot be read.
private struct BrokenSource: PictureSource {
    let images: ImageSet
    let broken: Set<Int>

    var classes: [String] { images.classes }
    var labels: [Int32] { images.labels }

    func picture(at index: Int) throws(DataError) -> Picture {
        if broken.contains(index) { throw DataError(name(at: index), "is broken") }
        return images[index]
    }
}

@Suite struct GalleryTests {
    private let preprocessing = Preprocessing([1, 4, 4], mean: [0.5], standardDeviation: [0.5])

    private func evaluator() throws -> Evaluator {
        let network = try SmallNetwork.traced()
        return try Evaluator(network.graph, weights: network.initialWeights(seed: 3), batch: 16, engine: LaneEngine(threads: 1))
    }

    @Test func everyCellHoldsThePicturesThatWereCountedThere() throws {
        let images = SmallNetwork.images(100), evaluator = try evaluator()
        let gallery = try Gallery(testing: evaluator, on: PictureLoader(images)), confusion = gallery.evaluation.confusion
        var found = Set<Int>()
        for label in 0..<3 {
            for answer in 0..<3 {
                let cell = gallery.entries(.cell(label: label, answer: answer))
                #expect(cell.count == confusion[label][answer])
                #expect(cell.allSatisfy { $0.label == label && $0.answer == answer && Int(images.labels[$0.number]) == label })
                #expect(zip(cell, cell.dropFirst()).allSatisfy { $0.logLikelihood <= $1.logLikelihood }, "the worst first")
                found.formUnion(cell.map(\.number))
            }
        }
        #expect(found.count == 100, "each picture is in one cell")
        let mistakes = gallery.entries(.mistakes)
        #expect(mistakes.count == gallery.evaluation.errors && mistakes.allSatisfy { $0.label != $0.answer })
        #expect(zip(mistakes, mistakes.dropFirst()).allSatisfy { $0.logLikelihood <= $1.logLikelihood })
    }

    @Test func samplesAreOneOfEachClassInTurn() throws {
        let gallery = try Gallery(testing: evaluator(), on: PictureLoader(SmallNetwork.images(20)))
        #expect(gallery.entries(.samples).map(\.number) == Array(0..<20))
        #expect(gallery.entries(.samples).prefix(6).map(\.label) == [0, 1, 2, 0, 1, 2])
    }

    @Test func picturesThatCannotBeReadShiftNoNumber() throws {
        let images = SmallNetwork.images(40), broken: Set = [0, 7, 8, 39]
        let loader = PictureLoader(BrokenSource(images: images, broken: broken), for: preprocessing)
        let gallery = try Gallery(testing: evaluator(), on: loader), whole = try Gallery(testing: evaluator(), on: PictureLoader(images))
        #expect(gallery.entries(.samples).count == 36)
        let expected = whole.entries(.mistakes).filter { !broken.contains($0.number) }
        #expect(gallery.entries(.mistakes) == expected)
        #expect(try loader.pictures([7, 9, 3]) == [9: images[9], 3: images[3]])
    }

    @Test func picksHaveRoomForMistakesAndNoMoreBytesThanAllowed() throws {
        let images = PictureLoader(SmallNetwork.images(60)), gallery = try Gallery(testing: evaluator(), on: images)
        let picks = try gallery.picks(from: images, mostBytes: 16 * 12 + 5)
        #expect((6...10).contains(picks.count), "two rounds of samples and four mistakes, of which some may be both")
        #expect(Set(picks.map(\.entry.label)).count == 3 && picks.contains { $0.entry.label != $0.entry.answer })
        #expect(picks.allSatisfy { Int(images.labels[$0.entry.number]) == $0.entry.label })
        #expect(try gallery.picks(from: images, mostBytes: 15).isEmpty)
    }
}

@Suite struct ExcitingPicturesTests {
    private func colours(_ count: Int, _ shape: Shape) -> ImageSet {
        var generator = SeededGenerator(seed: 2, path: "exciting")
        let pixels = (0..<count * shape.count).map { _ in UInt8(generator.below(256)) }
        return ImageSet(shape: shape, pixels: pixels, labels: (0..<count).map { Int32($0 % 5) }, classes: ["a", "b", "c", "d", "e"])
    }

    @Test(arguments: ["stem", "act3", "fc"]) func theyAreThoseThatLookingAtAllOfThemFinds(_ name: String) throws {
        let model = try SmallModel(), images = colours(50, model.preprocessing.shape), engine = try LaneEngine(threads: 1)
        let found = try ExcitementSearch(model, weights: model.weights, layer: name, engine: engine).pictures(of: PictureLoader(images), most: 4)
        let reader = try FeatureMapReader(model, weights: model.weights, layers: [name], engine: engine)
        let values = try (0..<50).map { try #require(try reader.read(images[$0]).layers.first).values }
        let maps = values[0].shape[0], area = values[0].shape.count / maps, columns = values[0].shape.rank == 3 ? values[0].shape[2] : 1
        #expect(found.looked == 50 && found.maps.count == maps && found.layer == name)
        for map in 0..<maps {
            let largest = values.map { $0.values[map * area..<(map + 1) * area].max()! }
            let best = largest.indices.sorted { (largest[$0], $1) > (largest[$1], $0) }.prefix(4)
            for (exciter, number) in zip(found.maps[map], best) {
                // Sixteen pictures at once may round otherwise than one.
                #expect(abs(exciter.value - largest[number]) <= 1e-5 * max(1, abs(largest[number])))
                #expect(exciter.label == Int(images.labels[exciter.number]))
                let place = map * area + exciter.row * columns + exciter.column
                #expect(abs(values[exciter.number].values[place] - exciter.value) <= 1e-5 * max(1, abs(exciter.value)), "the place is where it is")
            }
            #expect(found.maps[map].count == 4)
        }
    }

    @Test func noMorePicturesAreLookedAtThanTheBudgetAllows() throws {
        let model = try SmallModel(), pictures = PictureLoader(colours(50, model.preprocessing.shape))
        let search = try ExcitementSearch(model, weights: model.weights, layer: "stem", engine: LaneEngine(threads: 1))
        #expect(search.multiplyAdds == 6 * 3 * 9 * 144, "the layers behind it are not computed")
        #expect(try search.pictures(of: pictures, budget: 12_500_000).looked == 12)
        #expect(try search.pictures(of: pictures, budget: 0).looked == 1)
        #expect(throws: InsightError.self) { try ExcitementSearch(model, weights: model.weights, layer: "stam", engine: LaneEngine(threads: 1)) }
    }
}
