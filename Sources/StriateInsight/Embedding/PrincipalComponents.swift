import StriateGraph
import StriateTraining

/// The directions in which things differ most (principal component analysis): the eigenvectors of the features' covariance with the
/// largest eigenvalues.
///
/// They are found by iterating a block of eight vectors, which come as near to the true ones as rounding lets them; nothing is
/// as large as the covariance itself.
public struct PrincipalComponents: Sendable {
    /// Unit vectors, one for each component. Of each the coordinate that is farthest from 0 is positive.
    public let directions: [[Double]]
    /// Along each component, with n − 1 as divisor.
    public let variances: [Double]
    /// Of all features together.
    public let totalVariance: Double
    /// Row after row, the coordinates of each thing along each component.
    public let coordinates: [[Double]]

    private static let block = 8
    private static let mostIterations = 300

    /// Each component's share of all variance; 0 where nothing varies.
    public var shares: [Double] { variances.map { totalVariance > 0 ? $0 / totalVariance : 0 } }

    /// - Parameters:
    ///   - count: How many components; 1 to 4.
    ///   - seed: What the first guess follows from. The result does not depend on it.
    /// - Precondition: there are at least two rows, and `count` lies within its bounds.
    public init(of features: FeatureMatrix, count: Int = 2, seed: UInt64 = 1) {
        precondition(features.rows >= 2 && (1...4).contains(count))
        let centred = features.centred, columns = features.columns
        let divisor = Double(features.rows - 1)
        var generator = SeededGenerator(seed: seed, path: "principal-components")
        var basis = Array(repeating: SIMD8<Double>.zero, count: columns)
        for row in basis.indices { for column in 0..<PrincipalComponents.block { basis[row][column] = Double(generator.normal()) } }
        basis.orthonormalize()

        var values = SIMD8<Double>.zero, last = SIMD8<Double>(repeating: -1)
        for _ in 0..<PrincipalComponents.mostIterations {
            let image = centred.covarianceProduct(basis, divisor: divisor)
            let small = SymmetricEigenvectors(of: basis.symmetricProduct(with: image))
            basis = image.rotated(to: small.vectors)
            basis.orthonormalize()
            values = SIMD8(small.values)
            let moved = (0..<count).map { abs(values[$0] - last[$0]) }.max() ?? 0
            // An eigenvalue's error is the square of its vector's: rounding ends both.
            if moved <= 1e-14 * max(values[0], .leastNormalMagnitude) { break }
            last = values
        }
        let products = centred.product(basis)
        var signs = SIMD8<Double>(repeating: 1)
        for component in 0..<count {
            let farthest = basis.indices.max { abs(basis[$0][component]) < abs(basis[$1][component]) } ?? 0
            if basis[farthest][component] < 0 { signs[component] = -1 }
        }
        directions = (0..<count).map { component in basis.map { $0[component] * signs[component] } }
        coordinates = products.map { row in (0..<count).map { row[$0] * signs[$0] } }
        variances = (0..<count).map { max(0, values[$0]) }
        totalVariance = centred.values.reduce(0) { $0 + Double($1) * Double($1) } / divisor
    }
}

extension FeatureMatrix {
    /// This matrix times one with eight columns.
    fileprivate func product(_ other: [SIMD8<Double>]) -> [SIMD8<Double>] {
        (0..<rows).map { row in
            var sum = SIMD8<Double>.zero
            for (value, factor) in zip(self[row], other) { sum += Double(value) * factor }
            return sum
        }
    }

    /// The covariance of these centred features times a matrix with eight columns.
    fileprivate func covarianceProduct(_ other: [SIMD8<Double>], divisor: Double) -> [SIMD8<Double>] {
        let products = product(other)
        var result = Array(repeating: SIMD8<Double>.zero, count: columns)
        for row in 0..<rows {
            let factor = products[row] / divisor
            for (column, value) in self[row].enumerated() { result[column] += Double(value) * factor }
        }
        return result
    }
}

extension [SIMD8<Double>] {
    /// Makes the eight columns orthogonal unit vectors, or zeros where they depend on those before (Gram and Schmidt, twice for exactness).
    fileprivate mutating func orthonormalize() {
        for column in 0..<8 {
            let start = norm(of: column)
            for _ in 0..<2 {
                for earlier in 0..<column {
                    let overlap = reduce(0) { $0 + $1[column] * $1[earlier] }
                    for row in indices { self[row][column] -= overlap * self[row][earlier] }
                }
            }
            let length = norm(of: column), isNew = length > 1e-12 * start && length > 0
            for row in indices { self[row][column] = isNew ? self[row][column] / length : 0 }
        }
    }

    private func norm(of column: Int) -> Double { reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }

    /// Each row's coordinates along eight directions.
    fileprivate func rotated(to directions: [[Double]]) -> [SIMD8<Double>] {
        let rotation = (0..<8).map { row in SIMD8<Double>(directions.map { $0[row] }) }
        return map { row in (0..<8).reduce(SIMD8<Double>.zero) { $0 + row[$1] * rotation[$1] } }
    }

    /// The transpose of this matrix times another, 8×8, where it is symmetric but for rounding.
    fileprivate func symmetricProduct(with other: [SIMD8<Double>]) -> [[Double]] {
        var rows = Array(repeating: SIMD8<Double>.zero, count: 8)
        for (left, right) in zip(self, other) { for row in 0..<8 { rows[row] += left[row] * right } }
        return (0..<8).map { row in (0..<8).map { (rows[row][$0] + rows[$0][row]) / 2 } }
    }
}
