import CLane

/// The three linear maps of Winograd's convolution F(4×4, 3×3), which gives 4×4 results from 6×6 inputs by 36 products instead of 144:
///
///     Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
///
/// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). The polynomials are evaluated at 0, ±√½, ±√2 and ∞
/// rather than at 0, ±1, ±2 and ∞: the maps are as cheap, and rounding errors are four times smaller, close to the direct sum's.
enum WinogradTransform {
    /// Results of a tile, and inputs, along one axis.
    @inline(__always) static var results: Int { 4 }
    @inline(__always) static var inputs: Int { 6 }
    /// Products of a tile.
    @inline(__always) static var positions: Int { 36 }

    typealias Six = (Lane, Lane, Lane, Lane, Lane, Lane)

    private static var a: Float { 0.707_106_77 }
    private static var b: Float { 1.414_213_5 }

    /// One axis of `Bᵀ d`. With points ±a and ±b, a²b² = 1, the rows of Bᵀ are
    ///
    ///     1  0  −(a²+b²)  0  1  0
    ///     0  ∓b  −b²  ±a  1  0
    ///     0  ∓a  −a²  ±b  1  0
    ///     0  1  0  −(a²+b²)  0  1
    @inline(__always)
    static func input(_ d: Six) -> Six {
        let both = Lane(repeating: -2.5)
        let evenA = lane_fma(d.2, Lane(repeating: -2), d.4), oddA = lane_fma(d.1, Lane(repeating: -2), d.3) * a
        let evenB = lane_fma(d.2, Lane(repeating: -0.5), d.4), oddB = lane_fma(d.1, Lane(repeating: -0.5), d.3) * b
        return (
            lane_fma(d.2, both, d.0 + d.4), evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, lane_fma(d.3, both, d.1 + d.5)
        )
    }

    /// One axis of `G g`: a point's powers over the product of its distances to the others.
    @inline(__always)
    static func weights(_ g: (Lane, Lane, Lane)) -> Six {
        // 2a²(a² − b²) = −1.5 and 2b²(b² − a²) = 6.
        let evenA = lane_fma(g.2, Lane(repeating: 0.5), g.0) * (-1 / 1.5 as Float), oddA = g.1 * (-a / 1.5)
        let evenB = lane_fma(g.2, Lane(repeating: 2), g.0) * (1 / 6 as Float), oddB = g.1 * (b / 6)
        return (g.0, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, g.2)
    }

    /// One axis of `Aᵀ m`: row k holds the points' k-th powers.
    @inline(__always)
    static func result(_ m: Six) -> (Lane, Lane, Lane, Lane) {
        let sumA = m.1 + m.2, sumB = m.3 + m.4
        let differenceA = (m.1 - m.2) * a, differenceB = (m.3 - m.4) * b
        return (
            m.0 + (sumA + sumB), differenceA + differenceB, lane_fma(sumB, Lane(repeating: 2), sumA * 0.5),
            lane_fma(differenceB, Lane(repeating: 2), lane_fma(differenceA, Lane(repeating: 0.5), m.5))
        )
    }

    /// One axis of `A y`, which takes an upstream gradient to the products.
    @inline(__always)
    static func upstream(_ y: (Lane, Lane, Lane, Lane)) -> Six {
        let evenA = lane_fma(y.2, Lane(repeating: 0.5), y.0), oddA = lane_fma(y.3, Lane(repeating: 0.5), y.1) * a
        let evenB = lane_fma(y.2, Lane(repeating: 2), y.0), oddB = lane_fma(y.3, Lane(repeating: 2), y.1) * b
        return (y.0, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, y.3)
    }

    /// One axis of `Gᵀ u`, which takes the products' gradient to the taps.
    @inline(__always)
    static func taps(_ u: Six) -> (Lane, Lane, Lane) {
        let sumA = (u.1 + u.2) * (-1 / 1.5 as Float), differenceA = (u.1 - u.2) * (-a / 1.5)
        let sumB = (u.3 + u.4) * (1 / 6 as Float), differenceB = (u.3 - u.4) * (b / 6)
        return (
            u.0 + (sumA + sumB), differenceA + differenceB,
            lane_fma(sumB, Lane(repeating: 2), lane_fma(sumA, Lane(repeating: 0.5), u.5))
        )
    }

    // MARK: - Both axes

    /// `Bᵀ d B` of one tile: position `(i, j)` goes to `(6i + j)·step` of `positions`.
    ///
    /// - Parameter temporary: 36 lanes.
    @inline(__always)
    static func input(
        _ d: LanePointer, rowStep: Int, into positions: MutableLanePointer, step: Int, temporary: MutableLanePointer
    ) {
        for column in 0..<6 {
            let d = d + column
            let t = input((d[0], d[rowStep], d[2 &* rowStep], d[3 &* rowStep], d[4 &* rowStep], d[5 &* rowStep]))
            let to = temporary + column
            (to[0], to[6], to[12], to[18], to[24], to[30]) = t
        }
        for row in 0..<6 {
            let t = temporary + 6 &* row, to = positions + 6 &* row &* step
            let v = input((t[0], t[1], t[2], t[3], t[4], t[5]))
            (to[0], to[step], to[2 &* step], to[3 &* step], to[4 &* step], to[5 &* step]) = v
        }
    }

    /// `G g Gᵀ`: nine taps, row by row, become 36 positions.
    @inline(__always)
    static func weights(_ g: LanePointer, into positions: MutableLanePointer, temporary: MutableLanePointer) {
        for column in 0..<3 {
            let to = temporary + column
            (to[0], to[3], to[6], to[9], to[12], to[15]) = weights((g[column], g[column &+ 3], g[column &+ 6]))
        }
        for row in 0..<6 {
            let t = temporary + 3 &* row, to = positions + 6 &* row
            (to[0], to[1], to[2], to[3], to[4], to[5]) = weights((t[0], t[1], t[2]))
        }
    }

    /// `Aᵀ m A` of one tile: 16 results, row by row.
    ///
    /// - Parameter temporary: 24 lanes.
    @inline(__always)
    static func result(_ m: LanePointer, step: Int, into results: MutableLanePointer, temporary: MutableLanePointer) {
        let rowStep = 6 &* step
        for column in 0..<6 {
            let m = m + column &* step, to = temporary + column
            (to[0], to[6], to[12], to[18]) = result(
                (m[0], m[rowStep], m[2 &* rowStep], m[3 &* rowStep], m[4 &* rowStep], m[5 &* rowStep]))
        }
        for row in 0..<4 {
            let t = temporary + 6 &* row, to = results + 4 &* row
            (to[0], to[1], to[2], to[3]) = result((t[0], t[1], t[2], t[3], t[4], t[5]))
        }
    }

    /// `A y Aᵀ` of one tile of 4×4.
    ///
    /// - Parameter temporary: 24 lanes.
    @inline(__always)
    static func upstream(
        _ y: LanePointer, rowStep: Int, into positions: MutableLanePointer, step: Int, temporary: MutableLanePointer
    ) {
        for column in 0..<4 {
            let y = y + column, to = temporary + column
            (to[0], to[4], to[8], to[12], to[16], to[20]) = upstream((y[0], y[rowStep], y[2 &* rowStep], y[3 &* rowStep]))
        }
        for row in 0..<6 {
            let t = temporary + 4 &* row, to = positions + 6 &* row &* step
            (to[0], to[step], to[2 &* step], to[3 &* step], to[4 &* step], to[5 &* step]) = upstream((t[0], t[1], t[2], t[3]))
        }
    }

    /// `Gᵀ u G`: 36 positions become nine taps, row by row.
    ///
    /// - Parameter temporary: 18 lanes.
    @inline(__always)
    static func taps(_ u: LanePointer, step: Int, into taps: MutableLanePointer, temporary: MutableLanePointer) {
        let rowStep = 6 &* step
        for column in 0..<6 {
            let u = u + column &* step, to = temporary + column
            (to[0], to[6], to[12]) = self.taps((u[0], u[rowStep], u[2 &* rowStep], u[3 &* rowStep], u[4 &* rowStep], u[5 &* rowStep]))
        }
        for row in 0..<3 {
            let t = temporary + 6 &* row, to = taps + 3 &* row
            (to[0], to[1], to[2]) = self.taps((t[0], t[1], t[2], t[3], t[4], t[5]))
        }
    }
}
