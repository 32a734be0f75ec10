/// How pixels are mixed when a picture's size changes; both widen when it shrinks (antialiasing).
public enum ResizeFilter: String, Hashable, Sendable, CaseIterable {
    /// A triangle over two pixels.
    case bilinear
    /// Keys' cubic with a = −½ over four pixels, as in Pillow.
    case bicubic

    /// How many pixels it reaches to each side.
    fileprivate var support: Double { self == .bilinear ? 1 : 2 }

    /// The weight of a pixel at this distance.
    fileprivate func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
        }
    }
}

/// Resizes planes of bytes exactly as Pillow's `Image.resize(…, BILINEAR)` or `BICUBIC` does: a filter with weights in fixed point,
/// along rows and along columns, each rounded to bytes.
struct Resizer: Sendable {
    private let rows: Int
    private let columns: Int
    private let horizontal: Weights?
    private let vertical: Weights?
    private let outRows: Int
    private let outColumns: Int
    /// Pillow 13's rule; up to version 12 it always began along the rows. For squares the two agree.
    private let startsAlongColumns: Bool

    /// Pillow's: 32 bits less 8 for the pixel and 2 for sums beyond one.
    private static let fraction: Int32 = 22

    init(rows: Int, columns: Int, toRows outRows: Int, toColumns outColumns: Int, _ filter: ResizeFilter = .bilinear) {
        (self.rows, self.columns, self.outRows, self.outColumns) = (rows, columns, outRows, outColumns)
        horizontal = columns == outColumns ? nil : Weights(from: columns, to: outColumns, filter)
        vertical = rows == outRows ? nil : Weights(from: rows, to: outRows, filter)
        startsAlongColumns = rows > outRows && rows - outRows > 2 * (columns - outColumns)
    }

    /// For each place of the result where its sources begin, how many there are, and their weights.
    private struct Weights {
        var first: [Int] = []
        var count: [Int] = []
        var weights: [Int32] = []
        let stride: Int

        init(from size: Int, to outSize: Int, _ filter: ResizeFilter) {
            let scale = Double(size) / Double(outSize)
            let widening = max(scale, 1)
            let support = filter.support * widening
            stride = Int(support.rounded(.up)) * 2 + 1
            for index in 0..<outSize {
                let center = (Double(index) + 0.5) * scale
                let low = max(0, Int(center - support + 0.5))
                let high = min(size, Int(center + support + 0.5))
                var taps = (low..<high).map { filter.weight((Double($0) - center + 0.5) * (1 / widening)) }
                let sum = taps.reduce(0, +)
                if sum != 0 { for tap in taps.indices { taps[tap] /= sum } }
                first.append(low)
                count.append(high - low)
                weights += taps.map { Int32(($0 < 0 ? -0.5 : 0.5) + $0 * Double(Int32(1) << Resizer.fraction)) }
                weights += Array(repeating: 0, count: stride - taps.count)
            }
        }
    }

    /// Resizes one plane.
    func resize(_ plane: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>) {
        switch (horizontal, vertical) {
        case (nil, nil): out.update(from: plane, count: rows * columns)
        case (let weights?, nil): alongRows(plane, rows: rows, to: out, weights)
        case (nil, let weights?): alongColumns(plane, columns: columns, to: out, weights)
        case (let horizontal?, let vertical?) where startsAlongColumns:
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: outRows * columns) { middle in
                alongColumns(plane, columns: columns, to: middle.baseAddress!, vertical)
                alongRows(middle.baseAddress!, rows: outRows, to: out, horizontal)
            }
        case (let horizontal?, let vertical?):
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rows * outColumns) { middle in
                alongRows(plane, rows: rows, to: middle.baseAddress!, horizontal)
                alongColumns(middle.baseAddress!, columns: outColumns, to: out, vertical)
            }
        }
    }

    private static let half: Int32 = 1 << (fraction - 1)

    private func alongRows(_ plane: UnsafePointer<UInt8>, rows: Int, to out: UnsafeMutablePointer<UInt8>, _ table: Weights) {
        table.first.withUnsafeBufferPointer { first in
            table.count.withUnsafeBufferPointer { count in
                table.weights.withUnsafeBufferPointer { weights in
                    for column in 0..<outColumns {
                        let taps = count[column]
                        let weight = weights.baseAddress! + column * table.stride
                        var source = plane + first[column]
                        var target = out + column
                        for _ in 0..<rows {
                            var sum = Resizer.half
                            for tap in 0..<taps { sum &+= Int32(source[tap]) &* weight[tap] }
                            target.pointee = UInt8(clamping: sum >> Resizer.fraction)
                            source += columns
                            target += outColumns
                        }
                    }
                }
            }
        }
    }

    private func alongColumns(_ plane: UnsafePointer<UInt8>, columns: Int, to out: UnsafeMutablePointer<UInt8>, _ table: Weights) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: columns) { sums in
            let sum = sums.baseAddress!
            for row in 0..<outRows {
                sum.update(repeating: Resizer.half, count: columns)
                for tap in 0..<table.count[row] {
                    let weight = table.weights[row * table.stride + tap]
                    let source = plane + (table.first[row] + tap) * columns
                    for column in 0..<columns { sum[column] &+= Int32(source[column]) &* weight }
                }
                let target = out + row * columns
                for column in 0..<columns { target[column] = UInt8(clamping: sum[column] >> Resizer.fraction) }
            }
        }
    }
}
