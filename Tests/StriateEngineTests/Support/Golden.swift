import Foundation
import StriateFormats
import StriateGraph
import Testing

/// What PyTorch says: the cases of `golden.safetensors`, which `make_golden.py` describes and makes, and of its sisters.
struct Golden: Sendable {
    let cases: [GoldenCase]

    init(files: String...) throws { cases = try files.flatMap(Golden.cases) }

    private static func cases(of file: String) throws -> [GoldenCase] {
        let path = try #require(Bundle.module.path(forResource: file, ofType: "safetensors", inDirectory: "Fixtures"))
        let file = try Safetensors(contentsOf: path)
        let list = try JSONDecoder().decode([GoldenCase.Numbers].self, from: Data(#require(file.metadata["cases"]).utf8))
        var tensors = [String: [String: Tensor]]()
        for (name, tensor) in file.weights {
            let parts = name.split(separator: "/")
            try #require(parts.count == 2, "a tensor is called case/tensor, not \(name)")
            tensors[String(parts[0]), default: [:]][String(parts[1])] = tensor
        }
        return list.map { GoldenCase(numbers: $0, stored: tensors[$0.name] ?? [:]) }
    }
}

/// One operation on one set of numbers.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    struct Numbers: Decodable, Sendable {
        struct Recipe: Decodable, Sendable {
            let seed: Int
            let shape: [Int]
            let scale: Float
        }

        let name: String
        let operation: String
        let batch: Int
        let thinned: [String: Int]?
        let drawn: [String: Recipe]?
        let exact: Bool?

        let kernel, stride, padding, dilation: [Int]?
        let roundsUp: Bool?
        let groups: Int?
        let activation, kind: String?
        let countsPadding: Bool?
        let shape: [Int]?
        let momentum, weightDecay: Float?
        let isNesterov: Bool?
        let rates: [Float]?

        let epsilon, alpha, beta, k, background, damping: Float?
        let positions, before: Int?
        let size: [Int]?
        let tolerance: Double?

        let shared: [String]?
        let axes, places: [Int]?
        let parameters: [Float]?
        let keepsAxes, relative: Bool?
        let table: [[Int]]?
    }

    let numbers: Numbers
    let stored: [String: Tensor]

    var testDescription: String { numbers.name }
    var tolerance: Double { numbers.exact == true ? 0 : numbers.tolerance ?? 1e-5 }

    /// An input, from the file or from its formula; nil where the case has none of this name.
    func input(_ name: String) -> Tensor? {
        numbers.drawn?[name].map { Hashed.tensor(Shape($0.shape), seed: $0.seed, scale: $0.scale) } ?? stored[name]
    }

    /// Expects `found` to be what PyTorch found, where it said anything.
    func expect(_ name: String, _ found: Tensor, sourceLocation: SourceLocation = #_sourceLocation) {
        guard let expected = stored[name] else { return }
        let step = numbers.thinned?[name] ?? 1
        let kept = stride(from: 0, to: found.values.count, by: step).map { found.values[$0] }
        if numbers.relative == true {
            for (index, (a, b)) in zip(kept, expected.values).enumerated() where !(a == b || a.isNaN && b.isNaN) {
                let isNear = abs(a - b) <= Float(tolerance) * abs(b) || max(abs(a), abs(b)) < .leastNormalMagnitude
                #expect(isNear, "\(a) instead of \(b): element \(index) of \(name) of \(numbers.name)", sourceLocation: sourceLocation)
            }
            return
        }
        expectAgreement(
            kept, expected.values.map(Double.init), tolerance: tolerance, "\(name) of \(numbers.name)", sourceLocation: sourceLocation)
        if step == 1 { #expect(found.shape == expected.shape, "\(name) of \(numbers.name)", sourceLocation: sourceLocation) }
    }

    func window() throws -> Window {
        func extent(_ numbers: [Int]?) throws -> Extent {
            let numbers = try #require(numbers)
            return Extent(numbers[0], numbers[1])
        }
        // One number for both sides, or each side's own.
        let sides = try #require(numbers.padding)
        let padding = sides.count == 4
            ? Padding(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3]) : Padding(sides[0], sides[1])
        return Window(
            kernel: try extent(numbers.kernel), stride: try extent(numbers.stride), padding: padding,
            dilation: try extent(numbers.dilation), roundsUp: numbers.roundsUp == true)
    }
}
