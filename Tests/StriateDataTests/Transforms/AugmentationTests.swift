import StriateData
import StriateGraph
import Testing

@Suite struct AugmentationTests {
    private func preprocessing(_ shape: Shape, _ fit: Preprocessing.Fit = .resize) -> Preprocessing {
        Preprocessing(shape, fit: fit, mean: Array(repeating: 0, count: shape[0]), standardDeviation: Array(repeating: 1, count: shape[0]))
    }

    private func picture(_ shape: Shape, seed: UInt64 = 1) -> Picture {
        var generator = SeededGenerator(seed: seed)
        return Picture(shape: shape, pixels: (0..<shape.count).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }

    private func apply(_ text: String, _ picture: Picture, _ target: Preprocessing, seed: UInt64 = 1) throws -> Picture {
        var generator = SeededGenerator(seed: seed)
        return try Augmentation(parsing: text).apply(to: picture, fittedTo: target, using: &generator)
    }

    @Test func everyTransformBringsAnyPictureToTheNetworksShape() throws {
        let names = Augmentation.kinds.map { $0.signature.name } + Augmentation.presets.map(\.name)
        for shape in [Shape([1, 1, 1]), [3, 1, 1], [1, 5, 2], [3, 1, 7], [3, 13, 9], [1, 28, 28]] {
            for target in [Shape([1, 1, 1]), [3, 1, 5], [1, 28, 28], [3, 9, 13]] {
                for name in names {
                    for seed: UInt64 in 1...3 {
                        #expect(try apply(name, picture(shape), preprocessing(target), seed: seed).shape == target, "\(name) of \(shape)")
                    }
                }
            }
        }
    }

    @Test func theLargestArgumentsTrapNowhere() throws {
        for text in [
            "affine:180:1:0.01:0.01:80:80", "affine:180:1:100:100:80:80", "rotate:180:nearest:255", "elastic:10000:64", "elastic:10000:0",
            "perspective:1:1", "lenet1998:64:0.9:0.9:4", "color-jitter:10:10:10:0.5", "blur:255:100:100", "sharpness:100:1", "posterize:0:1",
            "solarize:0:1", "erase:1:noise:1:1:0.01:100", "cutout:65536:noise", "randaugment:14:30", "random-resized-crop:1:0.0001:100:0.01",
            "crop:4096:reflect", "pad:300:edge", "center-crop:1",
        ] {
            for shape in [Shape([3, 1, 1]), [1, 9, 4]] {
                for seed: UInt64 in 1...20 { _ = try apply(text, picture(shape), preprocessing([3, 9, 8]), seed: seed) }
            }
        }
    }

    @Test func degenerateMapsGiveFill() {
        let source = picture([3, 4, 5])
        for map in [AffineMap(scale: 0), AffineMap(shear: (90, 90)), AffineMap(a: .nan, b: .infinity), AffineMap(c: 1e300)] {
            #expect(source.warped(by: map, fill: 9).shape == source.shape)
            #expect(source.warped(by: map, sampling: .nearest, fill: 9).shape == source.shape)
        }
        #expect(source.warped(by: AffineMap(c: 1e300), fill: 9).pixels.allSatisfy { $0 == 9 })
        #expect(PerspectiveMap(bringing: [[0, 0], [1, 0], [2, 0], [3, 0]], to: [[0, 0], [1, 0], [1, 1], [0, 1]]) == nil)
    }

    @Test func theSameSeedGivesTheSamePicturesAndAnotherDoesNot() throws {
        let source = picture([3, 32, 32])
        for kind in Augmentation.kinds where kind is any Transform.Type {
            let name = kind.signature.name
            #expect(try apply(name, source, preprocessing([3, 32, 32]), seed: 7) == apply(name, source, preprocessing([3, 32, 32]), seed: 7))
        }
        let draws = try Set((1...50).map { try apply("digits", source, preprocessing([3, 32, 32]), seed: $0) })
        #expect(draws.count == 50)
    }

    @Test func withoutTransformsAPictureIsWhatPredictionSees() throws {
        for fit in [Preprocessing.Fit.resize, .pad, .crop(of: 20)] {
            let source = picture([3, 25, 40]), target = preprocessing([1, 16, 16], fit)
            #expect(try apply("none", source, target) == source.prepared(for: target))
        }
    }

    @Test func cropsAreOfTheWholePictureOnlyWhereTheyBeginTheList() throws {
        #expect(try Augmentation(parsing: "photos").takesWholePictures)
        #expect(try !Augmentation(parsing: "flip,random-resized-crop").takesWholePictures)
        // Cut to the size of the network: fitting must not cut once more.
        let source = picture([3, 64, 64])
        let once = try apply("random-resized-crop:0.5:0.5:1:1", source, preprocessing([3, 16, 16], .crop(of: 20)))
        let plain = try apply("random-resized-crop:0.5:0.5:1:1", source, preprocessing([3, 16, 16]))
        #expect(once == plain)
    }

    @Test func randomCropsReachEveryPlaceEvenly() throws {
        // The only white pixel lies in the middle of 5×5: after a crop with two pixels of padding it can be anywhere.
        var pixels = [UInt8](repeating: 0, count: 25)
        pixels[12] = 255
        let source = Picture(shape: [1, 5, 5], pixels: pixels)
        var counts = [Int](repeating: 0, count: 25)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let result = RandomCrop(padding: 2).apply(to: source, seenAs: Extent(5), using: &generator)
            counts[try #require(result.pixels.firstIndex(of: 255))] += 1
        }
        // 200 each, standard deviation 14.
        #expect(counts.allSatisfy { (130...270).contains($0) }, "\(counts)")
    }

    @Test func flipsHappenAsOftenAsTheirProbabilitySays() {
        let source = Picture(shape: [1, 1, 2], pixels: [0, 1])
        var generator = SeededGenerator(seed: 3)
        let flipped = (0..<4000).count { _ in
            HorizontalFlip(probability: 0.25).apply(to: source, seenAs: Extent(1, 2), using: &generator) != source
        }
        // 1000, standard deviation 27.
        #expect((880...1120).contains(flipped))
    }

    @Test func resizedCropsHaveTheirAreaAndShape() {
        var generator = SeededGenerator(seed: 5)
        let transform = RandomResizedCrop(scale: (0.2, 0.6), ratio: (0.5, 2))
        var (areas, ratios) = ([Double](), [Double]())
        for _ in 0..<2000 {
            let box = transform.box(in: [3, 400, 400], using: &generator)
            #expect(box == box.clipped(rows: 400, columns: 400))
            areas.append(Double(box.rows * box.columns) / 160_000)
            ratios.append(Double(box.columns) / Double(box.rows))
        }
        #expect(areas.allSatisfy { (0.19...0.61).contains($0) })
        #expect(ratios.allSatisfy { (0.48...2.05).contains($0) })
        // Evenly in area, and in the logarithm of the ratio: as many wide ones as tall ones.
        #expect(abs(areas.reduce(0, +) / 2000 - 0.4) < 0.02)
        #expect((900...1100).contains(ratios.count { $0 > 1 }))
    }

    @Test func impossibleShapesGiveTheLargestCropInTheMiddle() {
        var generator = SeededGenerator(seed: 5)
        let box = RandomResizedCrop(scale: (1, 1)).box(in: [3, 10, 100], using: &generator)
        #expect(box == Box(top: 0, left: 43, rows: 10, columns: 13))
    }

    @Test func affineDrawsStayInTheirRanges() {
        var generator = SeededGenerator(seed: 9)
        let transform = RandomAffine(degrees: 0, translation: 0.1, scale: (1, 1))
        let maps = (0..<500).map { _ in transform.map(for: [1, 20, 30], using: &generator) }
        #expect(maps.allSatisfy { abs($0.c) <= 3 && abs($0.f) <= 2 && $0.c == $0.c.rounded() && $0.f == $0.f.rounded() })
        #expect(Set(maps.map(\.c)).count == 7 && Set(maps.map(\.f)).count == 5)
    }

    @Test func theDistortionsOf1998KeepAnOval() {
        // Squeezing keeps the area, scaling does not; the inverse map's determinant is one by the growth of the area.
        let squeezed = Distortions1998.map(right: 0, down: 0, scale: 1, squeeze: 1.25, shear: 0.3)
        #expect(abs(squeezed.a * squeezed.e - squeezed.b * squeezed.d - 1) < 1e-12)
        let scaled = Distortions1998.map(right: 2, down: -1, scale: 2, squeeze: 1, shear: 0)
        #expect(scaled == AffineMap(a: 0.5, c: -1, e: 0.5, f: 0.5))
    }

    @Test func elasticDisplacementsAreSmoothAndOfTheirSize() {
        // A ramp of 4 levels a pixel shows how far its pixels came.
        let ramp = Picture(shape: [1, 64, 64], pixels: (0..<4096).map { UInt8($0 % 64 * 4) })
        var generator = SeededGenerator(seed: 2)
        var squares = 0.0
        for _ in 0..<20 {
            let result = ElasticDistortion(alpha: 68, sigma: 4).apply(to: ramp, seenAs: Extent(64), using: &generator)
            // Away from the edges, where fill comes in.
            for row in 16..<48 {
                for column in 16..<48 {
                    let apart = Double(Int(result.pixels[row * 64 + column]) - column * 4) / 4
                    squares += apart * apart
                }
            }
        }
        // Noise of variance 1/3, blurred: 1/3 · 1/(4πσ²), times 34².
        let expected = 34 * (1.0 / 3 / (4 * Double.pi * 16)).squareRoot()
        #expect(abs((squares / (20 * 32 * 32)).squareRoot() / expected - 1) < 0.15)
    }

    @Test func erasedRectanglesHaveTheirAreaAndPaint() {
        let source = Picture(shape: [3, 40, 40], pixels: Array(repeating: 100, count: 4800))
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let erased = RandomErasing(probability: 1, paint: .level(7), scale: (0.1, 0.3)).apply(to: source, seenAs: Extent(40), using: &generator)
            let count = erased.pixels.count { $0 == 7 }
            #expect(count % 3 == 0 && (140...500).contains(count / 3))
        }
        let mean = Cutout(side: 10, paint: .mean).apply(to: source, seenAs: Extent(40), using: &generator)
        #expect(mean == source)
    }

    @Test func ribbonsAreNotBlownUp() {
        let ribbon = Picture(shape: [1, 1, 1 << 16], pixels: Array(repeating: 0, count: 1 << 16))
        #expect(complaint { () throws(DataError) in try ribbon.resized(shorterSide: 8192) }.contains("too long and narrow"))
    }
}
