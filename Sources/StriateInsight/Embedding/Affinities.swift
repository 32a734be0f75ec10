import Dispatch
import Foundation

/// How near things are to each other, as a probability for each pair (van der Maaten and Hinton, 2008, Visualizing data using t-SNE,
/// JMLR 9, eqs. 1 and 2): symmetric, and all together 1.
public struct Affinities: Sendable {
    public let count: Int
    /// Row after row, each filled up with zeros to whole vectors.
    let vectors: [SIMD8<Float>]
    /// Vectors of a row.
    let width: Int

    /// - Parameters:
    ///   - features: At least four rows.
    ///   - perplexity: About how many others each thing is near to; at most a third of the others.
    ///   - threads: To work on; the result does not depend on it.
    public init(of features: FeatureMatrix, perplexity: Double, threads: Int = 1) {
        let count = features.rows, width = (count + 7) / 8
        precondition(count >= 4, "\(count) things are too few for affinities")
        let perplexity = min(perplexity, Double(count - 1) / 3)
        let vectors = features.centred.vectors, depth = (features.columns + 7) / 8
        var conditional = Array(repeating: SIMD8<Float>.zero, count: count * width)
        conditional.withUnsafeMutableBytes { bytes in
            nonisolated(unsafe) let rows = bytes.bindMemory(to: Float.self)
            inParallel(count, threads: threads) { row in
                let line = UnsafeMutableBufferPointer(rebasing: rows[row * width * 8..<row * width * 8 + count])
                vectors.squaredDistances(from: row, depth: depth, into: line)
                Affinities.turnIntoProbabilities(line, except: row, perplexity: perplexity)
            }
            for row in 0..<count {
                for column in 0..<row {
                    let (a, b) = (row * width * 8 + column, column * width * 8 + row)
                    let mean = (rows[a] + rows[b]) / Float(2 * count)
                    (rows[a], rows[b]) = (mean, mean)
                }
            }
        }
        (self.count, self.vectors, self.width) = (count, conditional, width)
    }

    /// The probability of a pair.
    public subscript(row: Int, column: Int) -> Float { vectors[row * width + column / 8][column % 8] }

    /// Squared distances become a normal distribution around the thing at `own`, of the width that has this perplexity: its entropy is the
    /// perplexity's logarithm.
    private static func turnIntoProbabilities(_ line: UnsafeMutableBufferPointer<Float>, except own: Int, perplexity: Double) {
        let distances = line.map(Double.init), wanted = log(perplexity)
        // Shifted, which changes no probability: the nearest then counts 1, whatever the scale.
        let nearest = distances.indices.reduce(Double.infinity) { $1 == own ? $0 : min($0, distances[$1]) }
        let mean = distances.reduce(0, +) / Double(max(1, distances.count - 1)) - nearest
        var precision = mean > 0 ? 1 / mean : 1
        var bounds = (lower: 0.0, upper: Double.infinity)
        var powers = distances
        for _ in 0..<100 {
            var sum = 0.0, weighted = 0.0
            for place in distances.indices {
                guard place != own else {
                    powers[place] = 0
                    continue
                }
                let distance = distances[place] - nearest
                powers[place] = exp(-distance * precision)
                sum += powers[place]
                weighted += distance * powers[place]
            }
            let excess = log(sum) + precision * weighted / sum - wanted
            for place in powers.indices { powers[place] /= sum }
            if abs(excess) < 1e-5 { break }
            if excess > 0 { bounds.lower = precision } else { bounds.upper = precision }
            precision = bounds.upper.isInfinite ? precision * 2 : (bounds.lower + bounds.upper) / 2
        }
        for place in line.indices { line[place] = Float(powers[place]) }
    }
}

extension FeatureMatrix {
    /// Row after row, each filled up with zeros to whole vectors.
    fileprivate var vectors: [SIMD8<Float>] {
        let depth = (columns + 7) / 8
        var vectors = Array(repeating: SIMD8<Float>.zero, count: rows * depth)
        for row in 0..<rows { for (column, value) in self[row].enumerated() { vectors[row * depth + column / 8][column % 8] = value } }
        return vectors
    }
}

extension [SIMD8<Float>] {
    fileprivate func squaredDistances(from row: Int, depth: Int, into line: UnsafeMutableBufferPointer<Float>) {
        withUnsafeBufferPointer { vectors in
            for other in line.indices {
                var sum = SIMD8<Float>.zero
                for place in 0..<depth {
                    let difference = vectors[row * depth + place] - vectors[other * depth + place]
                    sum += difference * difference
                }
                line[other] = sum.sum()
            }
        }
    }
}

/// Calls `body` for every row, some rows at a time on so many threads.
func inParallel(_ rows: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    let parts = Swift.max(1, Swift.min(threads, rows))
    DispatchQueue.concurrentPerform(iterations: parts) { part in
        for row in rows * part / parts..<rows * (part + 1) / parts { body(row) }
    }
}
