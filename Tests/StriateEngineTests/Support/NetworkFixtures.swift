import Foundation
import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// The formulas that `Conformance/networks/make_fixtures.py` and the tests of the networks share.
enum NetworkFixtures {
    private struct Document<Case: Decodable>: Decodable { let cases: [Case] }

    static func cases<Case: Decodable>(_ name: String) throws -> [Case] {
        let path = try #require(Bundle.module.path(forResource: name, ofType: "json", inDirectory: "Fixtures"))
        return try JSONDecoder().decode(Document<Case>.self, from: Data(contentsOf: URL(fileURLWithPath: path))).cases
    }

    /// - Parameters:
    ///   - gain: Around which the scales of batch norms lie.
    ///   - shift: Around which their offsets lie.
    static func weights(of network: TracedNetwork, gain: Float, shift: Float = 0) -> Weights {
        var weights = Weights()
        let paths = Set(network.parameters.map(\.path))
        for parameter in network.parameters {
            let seed = Int(truncatingIfNeeded: SeededGenerator.stream(parameter.path) & 0x7FFF_FFFF), shape = parameter.shape
            let name = parameter.path.split(separator: ".").last ?? ""
            let isOfBatchNorm = paths.contains(parameter.path.dropLast(name.count) + "running_var")
            func unit(_ scale: Float, around center: Float) -> Tensor {
                var tensor = Hashed.tensor(shape, seed: seed, scale: scale)
                for index in tensor.values.indices { tensor.values[index] += center }
                return tensor
            }
            if shape.rank > 1 {
                let bound = (6 / Float(shape.count / shape[0])).squareRoot()
                weights[parameter.path] = Hashed.tensor(shape, seed: seed, scale: bound)
            } else if name == "weight" || name == "coefficient" {
                weights[parameter.path] = unit(gain / 4, around: gain)
            } else {
                let isShifted = name == "bias" && isOfBatchNorm
                weights[parameter.path] = name == "running_var" ? unit(0.5, around: 1) : unit(0.1, around: isShifted ? shift : 0)
            }
        }
        return weights
    }

    /// Blocks of 16×16 pixels, and noise.
    static func pictures(_ batch: Int, _ shape: Shape, draw: Int = 0) -> Source {
        let (channels, size) = (shape[0], shape[1]), blocks = (size + 15) / 16
        let coarse = Hashed.tensor([batch * channels, blocks, blocks], seed: 1000 * draw + 1).values
        var pixels = Hashed.tensor([batch * channels, size, size], seed: 1000 * draw + 3).values
        for map in 0..<batch * channels {
            for row in 0..<size {
                for column in 0..<size {
                    pixels[(map * size + row) * size + column] += coarse[(map * blocks + row / 16) * blocks + column / 16]
                }
            }
        }
        return Source(.floats(pixels), first: batch)
    }

    /// Sums with signs that are drawn for each element.
    static func projections(of values: [Float]) -> [Double] {
        (0..<4).map { projection in
            var sum = 0.0
            for (index, value) in values.enumerated() {
                sum += Hashed.bits(index, seed: 100 + projection) & 1 == 0 ? Double(value) : -Double(value)
            }
            return sum
        }
    }

    /// An estimate of the length of a difference from both sides' projections.
    static func length(_ found: [Double], _ expected: [Double]) -> Double {
        let squares = zip(found, expected).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (squares / Double(expected.count)).squareRoot()
    }
}
