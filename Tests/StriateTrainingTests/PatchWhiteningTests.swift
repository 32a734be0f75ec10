import StriateData
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

@Suite struct PatchWhiteningTests {
    /// Noise whose neighbours are alike, as those of photographs are.
    private func pictures(_ count: Int, side: Int = 9) -> ImageSet {
        var generator = SeededGenerator(seed: 3, stream: 1)
        var pixels = [UInt8]()
        for _ in 0..<count {
            let base = (0..<3).map { _ in Double(generator.below(200)) }
            for channel in 0..<3 { for _ in 0..<side * side { pixels.append(UInt8(min(255, base[channel] + Double(generator.below(56))))) } }
        }
        return ImageSet(shape: [3, side, side], pixels: pixels, labels: (0..<count).map { Int32($0 % 2) }, classes: ["a", "b"])
    }

    private struct First: Network {
        var maps = 24
        var body: [any Layer] {
            Conv2D(maps, kernel: 2).named("first")
            ReLU()
            Conv2D(3, kernel: 2).named("second")
            Flatten()
            StriateNetworks.Linear(2).named("last")
        }
    }

    private let preprocessing = Preprocessing([3, 9, 9], mean: [0.5, 0.4, 0.45], standardDeviation: [0.25, 0.2, 0.3])

    @Test func answersHaveVarianceOneAndAreUncorrelated() throws {
        let network = try TracedNetwork(First(), preprocessing: preprocessing), images = pictures(400)
        let whitening = try PatchWhitening(layer: "first", of: network)
        #expect(whitening.parameter == "first.weight")
        let weight = try whitening.weight(for: PictureLoader(images), preprocessing: preprocessing).values
        #expect(weight.count == 24 * 12)
        // The second half is the first with the other sign.
        #expect(zip(weight[..<144], weight[144...]).allSatisfy { $0 == -$1 })
        var moments = Array(repeating: Array(repeating: 0.0, count: 12), count: 12), count = 0.0
        for image in 0..<images.count {
            for row in 0..<8 {
                for column in 0..<8 {
                    var patch = [Double]()
                    for channel in 0..<3 {
                        for i in 0..<2 {
                            for j in 0..<2 {
                                let pixel = images.pixels[image * 243 + channel * 81 + (row + i) * 9 + column + j]
                                patch.append((Double(pixel) / 255 - Double(preprocessing.mean[channel])) / Double(preprocessing.standardDeviation[channel]))
                            }
                        }
                    }
                    let answers = (0..<12).map { k in (0..<12).reduce(0.0) { $0 + Double(weight[k * 12 + $1]) * patch[$1] } }
                    for i in 0..<12 { for j in 0..<12 { moments[i][j] += answers[i] * answers[j] } }
                    count += 1
                }
            }
        }
        for i in 0..<12 {
            for j in 0..<12 {
                // A component as small as ε keeps less than its variance.
                let moment = moments[i][j] / count
                #expect(i == j ? (0.9...1.001).contains(moment) : moment.magnitude < 1e-3, "\(i), \(j): \(moment)")
            }
        }
    }

    @Test func onlyAConvolutionOfThePicturesCanBeWhitened() throws {
        let network = try TracedNetwork(First(), preprocessing: preprocessing)
        for (layer, complaint) in [("second", "there is first"), ("nothing", "there is first")] {
            let error = #expect(throws: TrainingError.self) { try PatchWhitening(layer: layer, of: network) }
            #expect(try "\(#require(error))".contains(complaint))
        }
        for maps in [23, 26] {
            let network = try TracedNetwork(First(maps: maps), preprocessing: preprocessing)
            let error = #expect(throws: TrainingError.self) { try PatchWhitening(layer: "first", of: network) }
            #expect(try "\(#require(error))".contains("an even number up to 24"))
        }
    }

    @Test func eigenvectorsTurnAMatrixIntoItsEigenvalues() {
        var generator = SeededGenerator(seed: 5, stream: 2)
        for n in [1, 2, 7, 27] {
            var matrix = Array(repeating: Array(repeating: 0.0, count: n), count: n)
            for i in 0..<n { for j in 0...i { (matrix[i][j], matrix[j][i]) = { ($0, $0) }(Double(generator.normal())) } }
            let eigen = SymmetricEigenvectors(of: matrix)
            #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 >= $1 })
            for (value, vector) in zip(eigen.values, eigen.vectors) {
                #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
                for i in 0..<n {
                    let product = (0..<n).reduce(0) { $0 + matrix[i][$1] * vector[$1] }
                    #expect(abs(product - value * vector[i]) < 1e-11)
                }
            }
        }
    }
}
