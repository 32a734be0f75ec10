import Foundation
import StriateData
import StriateGraph
import Synchronization
import Testing

/// Pictures of one colour, of which some cannot be read. Each takes another time.
private struct Colours: PictureSource {
    let classes = ["a", "b", "c"]
    let labels: [Int32]
    var broken: Set<Int> = []
    let shape: Shape = [1, 5, 4]

    init(_ count: Int, broken: Set<Int> = []) {
        labels = (0..<count).map { Int32($0 % 3) }
        self.broken = broken
    }

    func picture(at index: Int) throws(DataError) -> Picture {
        usleep(UInt32(index * 7919 % 300))
        if broken.contains(index) { throw DataError("\(index).png", "is broken") }
        return Picture(shape: shape, pixels: Array(repeating: UInt8(truncatingIfNeeded: index), count: shape.count))
    }
}

/// Adds a number drawn by chance to each pixel.
private struct Noise: Transform {
    static let signature = StepSignature("noise", "adds a number drawn by chance to each pixel")
    var arguments: [StepArgument] { [] }

    init() {}
    init(_ arguments: StepArguments) {}

    func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        Picture(shape: picture.shape, pixels: picture.pixels.map { $0 &+ UInt8(generator.below(256)) })
    }
}

/// Adds a number drawn by chance to a batch's first pixel.
private struct FirstPixelNoise: BatchMix {
    static let signature = StepSignature("first-pixel-noise", "adds a number drawn by chance to a batch's first pixel")
    var arguments: [StepArgument] { [] }

    init() {}
    init(_ arguments: StepArguments) {}

    func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator) { batch.pixels[0] &+= UInt8(generator.below(256)) }
}

private let noise = Augmentation([Noise()], mixes: [FirstPixelNoise()])

private let small = Preprocessing([1, 3, 3], mean: [0], standardDeviation: [1])

@Suite struct PictureLoaderTests {
    private func settings(workers: Int, isStrict: Bool = false, onSkip: @escaping @Sendable (DataError) -> Void = { _ in }) -> LoadingSettings {
        var settings = LoadingSettings()
        (settings.workers, settings.isStrict, settings.onSkip) = (workers, isStrict, onSkip)
        return settings
    }

    private func batches(_ stream: PictureStream) throws -> [PictureBatch] {
        var batches = [PictureBatch]()
        while let batch = try stream.next() { batches.append(batch) }
        return batches
    }

    @Test func imagesThatFitAreNotCopied() throws {
        let set = ImageSet(shape: [1, 1, 2], pixels: Array(0..<10), labels: [0, 1, 0, 1, 0], classes: ["a", "b"])
        let stream = PictureLoader(set).batches(of: 2, order: [4, 0, 2, 3, 1])
        let all = try batches(stream)
        #expect(all.map { Array($0.rows) } == [[4, 0], [2, 3], [1]])
        for batch in all {
            #expect(batch.pixels.withUnsafeBufferPointer(\.baseAddress) == set.pixels.withUnsafeBufferPointer(\.baseAddress))
        }
        #expect(stream.place == 5 && stream.waited == .zero)
    }

    @Test(arguments: [1, 2, 7]) func batchesComeInOrderWhateverTheThreads(_ workers: Int) throws {
        let loader = PictureLoader(Colours(103), for: small, settings: settings(workers: workers))
        let order = (0..<103).map { $0 * 50 % 103 }
        let all = try batches(loader.batches(of: 10, order: order))
        #expect(all.map(\.count) == Array(repeating: 10, count: 10) + [3])
        let seen = all.flatMap { batch in batch.rows.map { Int(batch.pixels[$0 * 9]) } }
        #expect(seen == order && all.flatMap(\.labels) == order.map { Int32($0 % 3) })
        #expect(all.allSatisfy { $0.shape == [1, 3, 3] && $0.classCount == 3 })
    }

    @Test func chanceFollowsFromTheSeedTheEpochAndThePlaceAlone() throws {
        func pixels(workers: Int, seed: UInt64 = 1, epoch: Int = 0, from start: Int = 0) throws -> [[UInt8]] {
            let loader = PictureLoader(Colours(50), for: small, augmentation: noise, seed: seed, settings: settings(workers: workers))
            return try batches(loader.batches(of: 8, from: start, epoch: epoch)).map(\.pixels)
        }
        let whole = try pixels(workers: 1)
        #expect(try pixels(workers: 5) == whole)
        #expect(try pixels(workers: 2, from: 24) == Array(whole[3...]), "a run that was resumed sees the same")
        #expect(try pixels(workers: 2, epoch: 1) != whole)
        #expect(try pixels(workers: 2, seed: 2) != whole)
        #expect(Set(whole.joined()).count > 200, "every picture has its own chance")
    }

    @Test func brokenPicturesAreLeftOutAndToldOnceInOrder() throws {
        let told = Mutex<[String]>([])
        let broken: Set = [3, 8, 9, 10, 11, 17]
        let loader = PictureLoader(
            Colours(20, broken: broken), for: small, settings: settings(workers: 4) { error in told.withLock { $0.append(error.file) } })
        for _ in 0..<2 {
            let stream = loader.batches(of: 4)
            let all = try batches(stream)
            #expect(all.map(\.count) == [3, 4, 4, 3], "a batch of nothing is passed over")
            #expect(all.flatMap { batch in batch.rows.map { Int(batch.pixels[$0 * 9]) } } == (0..<20).filter { !broken.contains($0) })
            #expect(stream.place == 20)
        }
        #expect(told.withLock { $0 } == ["3.png", "8.png", "9.png", "10.png", "11.png", "17.png"])
        #expect(loader.skippedCount == 6)
    }

    @Test func strictLoadersEndAtTheFirstBrokenPicture() throws {
        let loader = PictureLoader(Colours(20, broken: [6, 5]), for: small, settings: settings(workers: 3, isStrict: true))
        let stream = loader.batches(of: 4)
        #expect(try stream.next()?.count == 4)
        #expect(complaint { () throws(DataError) in try stream.next() } == "5.png: is broken")
    }

    @Test func aStreamThatIsLeftEndsItsThreads() throws {
        weak var loader: PictureLoader?
        do {
            let made = PictureLoader(Colours(100_000), for: small, settings: settings(workers: 2))
            loader = made
            let stream = made.batches(of: 2)
            #expect(try stream.next()?.count == 2)
        }
        #expect(loader == nil)
    }

    @Test func waitingIsMeasured() throws {
        let stream = PictureLoader(Colours(40), for: small, settings: settings(workers: 1)).batches(of: 20)
        _ = try batches(stream)
        #expect(stream.waited > .milliseconds(1))
    }

    @Test func labelsFollowTheNamesOfOtherClasses() throws {
        let loader = PictureLoader(Colours(6), for: small)
        let other = try #require(loader.relabelled(for: ["c", "x", "a", "b"]))
        #expect(other.labels == [2, 3, 0, 2, 3, 0])
        #expect(try other.batches(of: 6).next()?.labels == other.labels)
        #expect(loader.relabelled(for: ["a", "b"]) == nil)
        #expect(loader.renamed(["x", "y", "z"]).labels == loader.labels)
    }
}

@Suite struct FileLoadingTests {
    private let network = Preprocessing([3, 4, 4], mean: [0, 0, 0], standardDeviation: [1, 1, 1])

    private func fill(_ folder: String) throws {
        for (name, count) in [("a", 9), ("b", 7)] {
            for file in 0..<count {
                let level = UInt8(20 * file + (name == "a" ? 0 : 10))
                try save(Array("P6 6 5 255\n".utf8) + [UInt8](repeating: level, count: 90), to: "\(folder)/train/\(name)/\(file).ppm")
            }
        }
        try save(Array("P6 6 5 255\ncut".utf8), to: folder + "/train/a/broken.ppm")
        try save(Array("P5 1 1 255\n0".utf8), to: folder + "/test/b/1.pgm")
    }

    @Test func cachesChangeNothing() throws {
        try withFolder { folder in
            try fill(folder)
            let reader = try DataReader(folder)
            func load(_ cache: LoadingSettings.Cache, _ augmentation: Augmentation? = nil) throws -> (pixels: [[UInt8]], skipped: [String]) {
                let told = Mutex<[String]>([])
                var settings = LoadingSettings()
                (settings.cache, settings.cacheFolder) = (cache, folder + "/cache")
                settings.onSkip = { error in told.withLock { $0.append(fileName(error)) } }
                let loader = try reader.loader(.train, for: network, augmentation: augmentation, settings: settings)
                #expect(loader.count == 17)
                let both = try (0..<2).flatMap { epoch in
                    let stream = loader.batches(of: 5, epoch: epoch)
                    var found = [[UInt8]]()
                    while let batch = try stream.next() {
                        found.append(batch.rows.flatMap { row in Array(batch.pixels[row * 48..<(row + 1) * 48]) })
                    }
                    return found
                }
                return (both, told.withLock { $0 })
            }
            let plain = try load(.none), noisy = try load(.none, noise)
            #expect(plain.skipped == ["broken.ppm"] && plain.pixels.joined().count == 2 * 16 * 48)
            for cache in LoadingSettings.Cache.allCases {
                let other = try load(cache), otherNoisy = try load(cache, noise)
                #expect(other.pixels == plain.pixels && other.skipped == plain.skipped, "\(cache)")
                #expect(otherNoisy.pixels == noisy.pixels && otherNoisy.skipped == plain.skipped, "\(cache)")
            }
        }
    }

    private func fileName(_ error: DataError) -> String { (error.file as NSString).lastPathComponent }

    @Test func fingerprintsFollowNamesLabelsAndSizes() throws {
        try withFolder { folder in
            try fill(folder)
            func fingerprint() throws -> String { try DataReader(folder).loader(.train, for: network).fingerprint }
            let first = try fingerprint()
            #expect(try fingerprint() == first && first.hasPrefix("17 pictures"))
            try FileManager.default.moveItem(atPath: folder + "/train/a/1.ppm", toPath: folder + "/train/b/20.ppm")
            let moved = try fingerprint()
            #expect(moved != first)
            try save([1], to: folder + "/train/a/broken.ppm")
            #expect(try fingerprint() != moved)
        }
    }

    @Test func largePicturesAreReducedWhileTheyAreDecoded() throws {
        // 43×29, of which the network sees 5×7: 10×14 are enough.
        let file = try fixture("picture-baseline-444.jpg"), fit = Preprocessing([3, 5, 7], mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        #expect(try Decoding(for: fit).decode(file, file: "x").shape == [3, 15, 22])
        #expect(try Decoding(for: fit, areCropped: true).decode(file, file: "x").shape == [3, 29, 43])
        #expect(try Picture.decode(file, file: "x", for: fit).shape == [3, 5, 7])
    }
}
