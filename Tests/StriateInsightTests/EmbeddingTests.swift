import Foundation
import StriateGraph
import StriateInsight
import Testing

/// Layouts against those of scikit-learn: see `Fixtures/make_embedding.py`.
@Suite struct EmbeddingTests {
    private struct Golden: Decodable {
        let columns: Int
        let features: [Float]
        let coordinates: [[Double]]
        let variances: [Double]
        let shares: [Double]
        let perplexity: Double
        let affinities: [[Double]]
        let divergence: Double

        static func read() throws -> (golden: Golden, features: FeatureMatrix) {
            let url = try #require(Bundle.module.url(forResource: "embedding", withExtension: "json", subdirectory: "Fixtures"))
            let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
            var features = FeatureMatrix(columns: golden.columns)
            features.append(rows: golden.features)
            return (golden, features)
        }
    }

    @Test func principalComponentsAreThoseOfScikitLearn() throws {
        let (golden, features) = try Golden.read()
        let components = PrincipalComponents(of: features)
        for component in 0..<2 {
            #expect(abs(components.variances[component] - golden.variances[component]) < 1e-4)
            #expect(abs(components.shares[component] - golden.shares[component]) < 1e-6)
            // Up to their sign.
            let sign = components.coordinates[0][component] * golden.coordinates[0][component] < 0 ? -1.0 : 1
            for (row, expected) in zip(components.coordinates, golden.coordinates) {
                #expect(abs(sign * row[component] - expected[component]) < 1e-4)
            }
            let length = components.directions[component].reduce(0) { $0 + $1 * $1 }
            #expect(abs(length - 1) < 1e-12)
        }
    }

    @Test func fewFeaturesAndNoVarianceHaveComponentsToo() {
        var line = FeatureMatrix(columns: 2)
        line.append(rows: (0..<20).flatMap { [Float($0), Float(2 * $0)] })
        let components = PrincipalComponents(of: line)
        #expect(abs(components.shares[0] - 1) < 1e-9 && abs(components.shares[1]) < 1e-9)
        #expect(abs(components.directions[0][1] - 2 * components.directions[0][0]) < 1e-9)

        var equal = FeatureMatrix(columns: 3)
        equal.append(rows: Array(repeating: 5, count: 30))
        #expect(PrincipalComponents(of: equal).shares == [0, 0])
        #expect(PrincipalComponents(of: equal).coordinates.allSatisfy { $0 == [0, 0] })
    }

    @Test func affinitiesAreThoseOfScikitLearn() throws {
        let (golden, features) = try Golden.read()
        let affinities = Affinities(of: features, perplexity: golden.perplexity)
        var sum = 0.0
        for row in 0..<affinities.count {
            for column in 0..<affinities.count {
                sum += Double(affinities[row, column])
                #expect(affinities[row, column] == affinities[column, row])
                guard row < golden.affinities.count else { continue }
                let expected = golden.affinities[row][column]
                #expect(abs(Double(affinities[row, column]) - expected) <= 1e-3 * expected + 1e-8)
            }
        }
        #expect(abs(sum - 1) < 1e-5)
    }

    @Test func theGradientIsThatOfTheDivergence() throws {
        let affinities = Affinities(of: try Golden.read().features, perplexity: 20)
        var generator = SeededGenerator(seed: 5)
        let points = (0..<affinities.count).map { _ in SIMD2(generator.normal(), generator.normal()) }
        let gradient = affinities.gradient(at: points)
        let scale = gradient.reduce(0) { max($0, abs($1.x), abs($1.y)) }
        for place in stride(from: 0, to: points.count, by: 7) {
            for axis in 0..<2 {
                // Wide enough for single floats.
                let step: Float = 1e-2
                var up = points, down = points
                up[place][axis] += step
                down[place][axis] -= step
                let width = Double(up[place][axis] - down[place][axis])
                let slope = (affinities.divergence(at: up) - affinities.divergence(at: down)) / width
                #expect(abs(Double(gradient[place][axis]) - slope) < 2e-3 * Double(scale))
            }
        }
    }

    @Test func theLayoutIsNoWorseThanScikitLearns() throws {
        let (golden, features) = try Golden.read()
        var descent = TSNE()
        descent.perplexity = golden.perplexity
        // A descent ends in one of many valleys; which one, the last bits of its start decide.
        let divergences = (0..<5).map { seed in
            var generator = SeededGenerator(seed: UInt64(seed)), start = FeatureMatrix(columns: golden.columns)
            start.append(rows: features.values.map { $0 + 1e-5 * generator.normal() })
            return descent.layout(of: start).divergence
        }
        #expect(divergences.sorted()[2] < golden.divergence * 1.02)
        let layout = descent.layout(of: features)
        // Each point's nearest neighbour is of its group.
        for (place, point) in layout.points.enumerated() {
            let nearest = layout.points.indices.filter { $0 != place }.min {
                let (a, b) = (layout.points[$0] - point, layout.points[$1] - point)
                return (a * a).sum() < (b * b).sum()
            }
            #expect(nearest.map { $0 % 5 } == place % 5)
        }
        descent.threads = 3
        #expect(descent.layout(of: features).points == layout.points, "threads change nothing")
    }

    @Test func thingsThatAreAllEqualHaveALayout() {
        var equal = FeatureMatrix(columns: 3)
        equal.append(rows: Array(repeating: 5, count: 60))
        var descent = TSNE()
        descent.iterations = 50
        #expect(descent.layout(of: equal).points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    }
}
