/// The eigenvectors of a symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix Computations, section 8.5). For matrices of some
/// hundred rows: it takes about ten times n³ multiply-adds. The same bits on every machine.
package struct SymmetricEigenvectors {
    /// From the largest to the smallest.
    package let values: [Double]
    /// `vectors[i]` belongs to `values[i]`: of length 1, its largest component positive.
    package let vectors: [[Double]]

    /// - Precondition: the matrix is square and symmetric.
    package init(of matrix: [[Double]]) {
        let n = matrix.count
        var a = matrix
        var v = (0..<n).map { row in (0..<n).map { $0 == row ? 1.0 : 0 } }
        let scale = matrix.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
        for _ in 0..<100 {
            var rest = 0.0
            for i in 0..<n { for j in 0..<i { rest += a[i][j] * a[i][j] } }
            if rest <= 1e-30 * scale { break }
            for p in 0..<n { for q in p + 1..<max(n, p + 1) { SymmetricEigenvectors.rotate(&a, &v, p, q) } }
        }
        let order = (0..<n).sorted { (a[$0][$0], $1) > (a[$1][$1], $0) }
        values = order.map { a[$0][$0] }
        vectors = order.map { index in
            let vector = v[index]
            let largest = vector.max { $0.magnitude < $1.magnitude } ?? 0
            return largest < 0 ? vector.map { -$0 } : vector
        }
    }

    /// Makes the element (p, q) zero. `v` holds the eigenvectors as rows.
    private static func rotate(_ a: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int) {
        guard a[p][q] != 0 else { return }
        let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
        let t = (theta < 0 ? -1.0 : 1.0) / (theta.magnitude + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot(), s = t * c
        for k in a.indices {
            let (x, y) = (a[k][p], a[k][q])
            (a[k][p], a[k][q]) = (c * x - s * y, s * x + c * y)
        }
        for k in a.indices {
            let (x, y) = (a[p][k], a[q][k])
            (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y)
        }
        for k in a.indices {
            let (x, y) = (v[p][k], v[q][k])
            (v[p][k], v[q][k]) = (c * x - s * y, s * x + c * y)
        }
    }
}
