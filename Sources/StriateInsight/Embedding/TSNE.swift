import Foundation
import StriateGraph

/// Lays things out on a plane so that near ones stay near: t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008),
/// exactly, every pair in every step.
///
/// A gradient descent with momentum and a gain for each coordinate. At first all affinities are exaggerated, so that groups find
/// together. Rate and phases are those of Belkina et al. (2019, Nature Communications 10) and of scikit-learn.
public struct TSNE: Sendable {
    /// About how many others each thing is near to; a third of the others where these are fewer.
    public var perplexity = 30.0
    /// Of which the first quarter, 250 at most, with exaggerated affinities.
    public var iterations = 1000
    public var exaggeration: Float = 12
    /// To work on. The result does not depend on it.
    public var threads = 1

    /// More things than this would take gigabytes: each pair takes four bytes.
    public static let mostThings = 10_000

    public init() {}

    public struct Layout: Sendable {
        /// One point for each thing.
        public let points: [SIMD2<Float>]
        /// Kullback and Leibler's divergence of the affinities on the plane from those of the features: what was made small.
        public let divergence: Double
    }

    /// - Parameters:
    ///   - features: At least four rows, and at most ``mostThings``.
    ///   - progress: Called after each iteration with their number so far; false ends the descent.
    public func layout(of features: FeatureMatrix, progress: (Int) -> Bool = { _ in true }) -> Layout {
        precondition((4...TSNE.mostThings).contains(features.rows), "\(features.rows) things cannot be laid out")
        let affinities = Affinities(of: features, perplexity: perplexity, threads: threads)
        var descent = Descent(start: TSNE.start(features), rate: max(Float(features.rows) / exaggeration / 4, 50))
        let early = min(250, iterations / 4)
        for iteration in 0..<iterations {
            if iteration == early { descent.restart() }
            let isEarly = iteration < early
            let gradient = affinities.gradient(at: descent.points, exaggeration: isEarly ? exaggeration : 1, threads: threads)
            descent.step(gradient, momentum: isEarly ? 0.5 : 0.8)
            if !progress(iteration + 1) { break }
        }
        return Layout(points: descent.points, divergence: affinities.divergence(at: descent.points))
    }

    /// The first two principal components, very near to each other.
    private static func start(_ features: FeatureMatrix) -> [SIMD2<Float>] {
        let components = PrincipalComponents(of: features)
        let deviation = components.variances[0].squareRoot()
        let scale = deviation > 0 ? 1e-4 / deviation : 0
        // Things that are equal must be able to part.
        var generator = SeededGenerator(seed: 1, path: "t-sne")
        return components.coordinates.map { row in
            SIMD2(Float(row[0] * scale) + 1e-7 * generator.normal(), Float(row[1] * scale) + 1e-7 * generator.normal())
        }
    }
}

/// Points on their way down.
private struct Descent {
    private(set) var points: [SIMD2<Float>]
    private let rate: Float
    private var velocity: [SIMD2<Float>]
    private var gains: [SIMD2<Float>]

    init(start: [SIMD2<Float>], rate: Float) {
        (points, self.rate) = (start, rate)
        velocity = Array(repeating: .zero, count: start.count)
        gains = Array(repeating: .one, count: start.count)
    }

    mutating func restart() { self = Descent(start: points, rate: rate) }

    /// A coordinate that keeps its direction goes faster, another slower.
    mutating func step(_ gradient: [SIMD2<Float>], momentum: Float) {
        for place in points.indices {
            let turns = (velocity[place] * gradient[place]) .>= 0
            let gain = (gains[place] + 0.2).replacing(with: gains[place] * 0.8, where: turns)
            gains[place] = gain.replacing(with: 0.01, where: gain .< 0.01)
            velocity[place] = momentum * velocity[place] - rate * gains[place] * gradient[place]
            points[place] += velocity[place]
        }
    }
}

extension Affinities {
    /// The gradient of ``divergence(at:)`` with respect to each point (eq. 5 of the paper).
    ///
    /// - Parameter exaggeration: A factor on the affinities.
    package func gradient(at points: [SIMD2<Float>], exaggeration: Float = 1, threads: Int = 1) -> [SIMD2<Float>] {
        let (x, y) = columns(of: points)
        var forces = Array(repeating: Forces(), count: count)
        forces.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let forces = buffer
            inParallel(count, threads: threads) { row in forces[row] = self.forces(on: row, at: points[row], x, y) }
        }
        // In the order of the rows, whoever computed them.
        let scale = Float(1 / forces.reduce(0.0) { $0 + Double($1.nearness) })
        return forces.map { 4 * (exaggeration * $0.attraction - scale * $0.repulsion) }
    }

    /// `Σ p log(p / q)` over all pairs, where q are the affinities of the points: Student's with one degree of freedom (eq. 4).
    package func divergence(at points: [SIMD2<Float>]) -> Double {
        var sum = 0.0, nearness = 0.0, total = 0.0
        for row in 0..<count {
            for column in 0..<count where column != row {
                let difference = points[row] - points[column]
                let near = 1 / (1 + Double(difference.x * difference.x + difference.y * difference.y))
                let probability = Double(self[row, column])
                nearness += near
                if probability > 0 {
                    sum += probability * log(probability / near)
                    total += probability
                }
            }
        }
        return sum + total * log(nearness)
    }

    /// What pulls and pushes one point.
    private struct Forces {
        var attraction = SIMD2<Float>.zero
        var repulsion = SIMD2<Float>.zero
        /// The sum over the others of 1 / (1 + distance²).
        var nearness: Float = 0
    }

    private func forces(on row: Int, at point: SIMD2<Float>, _ x: [SIMD8<Float>], _ y: [SIMD8<Float>]) -> Forces {
        var attractionX = SIMD8<Float>.zero, attractionY = SIMD8<Float>.zero
        var repulsionX = SIMD8<Float>.zero, repulsionY = SIMD8<Float>.zero, nearness = SIMD8<Float>.zero
        vectors.withUnsafeBufferPointer { vectors in
            let line = row * width
            for place in 0..<width {
                let dx = point.x - x[place], dy = point.y - y[place]
                let near = 1 / (1 + dx * dx + dy * dy)
                let pull = vectors[line + place] * near, push = near * near
                attractionX += pull * dx
                attractionY += pull * dy
                repulsionX += push * dx
                repulsionY += push * dy
                nearness += near
            }
        }
        // Itself is as near as can be, and does not count.
        return Forces(
            attraction: SIMD2(attractionX.sum(), attractionY.sum()), repulsion: SIMD2(repulsionX.sum(), repulsionY.sum()),
            nearness: nearness.sum() - 1)
    }

    /// The points' coordinates as vectors, filled up with points so far away that nothing comes of them.
    private func columns(of points: [SIMD2<Float>]) -> (x: [SIMD8<Float>], y: [SIMD8<Float>]) {
        var x = Array(repeating: SIMD8<Float>(repeating: 1e15), count: width), y = x
        for (place, point) in points.enumerated() {
            x[place / 8][place % 8] = point.x
            y[place / 8][place % 8] = point.y
        }
        return (x, y)
    }
}
