import StriateLanes
import Testing

/// Products with large matrices are sums of products, whatever the sizes.
@Suite struct StreamedMatrixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rows: Int, columns: Int, groups: Int
        var testDescription: String { "\(rows)×\(columns), \(groups) groups" }
    }

    /// Rows beyond one part, columns beyond one stretch, and every way to cut groups.
    static let cases = [
        Case(rows: 1, columns: 1, groups: 1), Case(rows: 67, columns: 13, groups: 2), Case(rows: 9, columns: 1030, groups: 3),
        Case(rows: 23, columns: 3079, groups: 4), Case(rows: 130, columns: 515, groups: 5),
    ]

    private func numbers(_ count: Int, seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(Int(state >> 8) - 1 << 23) * 0x1p-23
        }
    }

    /// Elements of the vectors of all lanes, `[group][element][lane]` with a gap between the groups.
    private func withVectors(_ floats: [Float], length: Int, groups: Int, _ body: (StreamedMatrix.Vectors) -> Void) -> [Float] {
        let step = length + 3
        let lanes = MutableLanePointer.allocate(capacity: step * groups)
        defer { lanes.deallocate() }
        lanes.initialize(repeating: .zero, count: step * groups)
        for (index, value) in floats.enumerated() {
            let (group, rest) = index.quotientAndRemainder(dividingBy: length * Lane.width)
            lanes[group * step + rest / Lane.width][rest % Lane.width] = value
        }
        body(StreamedMatrix.Vectors(lanes, step: step, groups: groups))
        return (0..<length * groups * Lane.width).map { index in
            let (group, rest) = index.quotientAndRemainder(dividingBy: length * Lane.width)
            return lanes[group * step + rest / Lane.width][rest % Lane.width]
        }
    }

    @Test(arguments: cases)
    func productsAreSumsOfProducts(of size: Case) {
        let matrix = StreamedMatrix(rows: size.rows, columns: size.columns), width = Lane.width
        let weights = numbers(size.rows * size.columns, seed: 1), bias = numbers(size.rows, seed: 2)
        let x = numbers(size.columns * size.groups * width, seed: 3), u = numbers(size.rows * size.groups * width, seed: 4)
        var forward = [Float](), backward = [Float]()
        _ = withVectors(x, length: size.columns, groups: size.groups) { x in
            forward = withVectors([], length: size.rows, groups: size.groups) { y in
                for part in 0..<matrix.parts { matrix.multiply(part: part, x, weights: weights, bias: bias, into: y) }
            }
        }
        _ = withVectors(u, length: size.rows, groups: size.groups) { u in
            backward = withVectors([], length: size.columns, groups: size.groups) { x in
                for part in 0..<matrix.transposedParts { matrix.multiplyTransposed(part: part, u, weights: weights, into: x) }
            }
        }
        for group in 0..<size.groups {
            for lane in 0..<width {
                func place(_ element: Int, _ length: Int) -> Int { (group * length + element) * width + lane }
                for row in 0..<size.rows {
                    let sum = (0..<size.columns).reduce(Double(bias[row])) {
                        $0 + Double(weights[row * size.columns + $1]) * Double(x[place($1, size.columns)])
                    }
                    #expect(abs(Double(forward[place(row, size.rows)]) - sum) < 1e-6 + 1e-7 * Double(size.columns), "row \(row)")
                }
                for column in 0..<size.columns where column % 7 == 0 || column > size.columns - 10 {
                    let sum = (0..<size.rows).reduce(0.0) {
                        $0 + Double(weights[$1 * size.columns + column]) * Double(u[place($1, size.rows)])
                    }
                    #expect(abs(Double(backward[place(column, size.columns)]) - sum) < 1e-6 + 1e-7 * Double(size.rows), "column \(column)")
                }
            }
        }
    }
}
