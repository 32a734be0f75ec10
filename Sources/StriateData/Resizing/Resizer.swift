import StriateGraph

/// Resizes planes of bytes exactly as Pillow's `Image.resize(…, BILINEAR)` or `BICUBIC` does: a filter with weights in fixed point,
/// along rows and along columns, each rounded to bytes.
///
/// Both ways sixteen bytes that lie side by side are computed together; along rows, sixteen rows are laid upright for it first.
struct Resizer: Sendable {
    /// Of the source.
    private let columns: Int
    private let vertical: ResizedAxis
    private let horizontal: ResizedAxis
    /// Pillow 13's rule; up to version 12 it always began along the rows. For squares the two agree.
    private let startsAlongColumns: Bool

    /// - Parameter window: The part of the result that is wanted, which must lie inside; nil for all of it.
    init(from source: Extent, to extent: Extent, _ filter: ResizeFilter = .bilinear, window: Box? = nil) {
        let window = window ?? Box(top: 0, left: 0, rows: extent.rows, columns: extent.columns)
        columns = source.columns
        vertical = ResizedAxis(from: source.rows, to: extent.rows, kept: window.top..<window.top + window.rows, filter)
        horizontal = ResizedAxis(from: source.columns, to: extent.columns, kept: window.left..<window.left + window.columns, filter)
        startsAlongColumns = source.rows > extent.rows && source.rows - extent.rows > 2 * (source.columns - extent.columns)
    }

    /// Resizes one plane.
    func resize(_ plane: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>) {
        let source = plane + vertical.source.lowerBound * columns + horizontal.source.lowerBound
        let (rows, width) = (vertical.source.count, horizontal.source.count)
        switch (horizontal.weights, vertical.weights) {
        case (nil, nil): for row in 0..<rows { (out + row * width).update(from: source + row * columns, count: width) }
        case (let weights?, nil): alongRows(source, stride: columns, rows: rows, columns: width, to: out, weights)
        case (nil, let weights?): alongColumns(source, stride: columns, columns: width, to: out, weights)
        case (let horizontal?, let vertical?) where startsAlongColumns:
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: vertical.count * width) { middle in
                alongColumns(source, stride: columns, columns: width, to: middle.baseAddress!, vertical)
                alongRows(middle.baseAddress!, stride: width, rows: vertical.count, columns: width, to: out, horizontal)
            }
        case (let horizontal?, let vertical?):
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rows * horizontal.count) { middle in
                alongRows(source, stride: columns, rows: rows, columns: width, to: middle.baseAddress!, horizontal)
                alongColumns(middle.baseAddress!, stride: horizontal.count, columns: horizontal.count, to: out, vertical)
            }
        }
    }

    private static let lanes = 16

    private func alongRows(
        _ source: UnsafePointer<UInt8>, stride: Int, rows: Int, columns: Int, to out: UnsafeMutablePointer<UInt8>, _ weights: ResizeWeights
    ) {
        let lanes = Resizer.lanes, width = weights.count
        guard rows >= lanes else {
            weights.forEach { column, start, taps in
                for row in 0..<rows { out[row * width + column] = mixedByte(source + row * stride + start, stride: 1, taps) }
            }
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: lanes * (columns + width)) { scratch in
            let upright = scratch.baseAddress!, resized = upright + lanes * columns
            for first in Swift.stride(from: 0, to: rows, by: lanes) {
                // The last rows may be computed twice.
                let row = min(first, rows - lanes)
                transpose(source + row * stride, stride: stride, rows: lanes, columns: columns, to: upright, stride: lanes)
                weights.forEach { column, start, taps in
                    store(mixed(upright + lanes * start, stride: lanes, taps), resized + lanes * column)
                }
                transpose(resized, stride: lanes, rows: width, columns: lanes, to: out + row * width, stride: width)
            }
        }
    }

    private func alongColumns(
        _ source: UnsafePointer<UInt8>, stride: Int, columns: Int, to out: UnsafeMutablePointer<UInt8>, _ weights: ResizeWeights
    ) {
        let lanes = Resizer.lanes
        weights.forEach { row, start, taps in
            let lines = source + start * stride, target = out + row * columns
            guard columns >= lanes else {
                for column in 0..<columns { target[column] = mixedByte(lines + column, stride: stride, taps) }
                return
            }
            for column in Swift.stride(from: 0, to: columns, by: lanes) {
                let place = min(column, columns - lanes)
                store(mixed(lines + place, stride: stride, taps), target + place)
            }
        }
    }
}

/// Bytes of neighbouring lines, each times its weight, added and rounded.
@inline(__always)
private func mixed(_ source: UnsafePointer<UInt8>, stride: Int, _ weights: UnsafeBufferPointer<Int32>) -> SIMD16<UInt8> {
    // Weights in two parts of 16 bits, with which the multiplications of every processor are fast.
    var high = SIMD16<Int32>(repeating: ResizeWeights.half >> 11), low = SIMD16<Int32>.zero, line = UnsafeRawPointer(source)
    for weight in weights {
        let bytes = SIMD16<Int32>(truncatingIfNeeded: line.loadUnaligned(as: SIMD16<UInt8>.self))
        high &+= bytes &* Int32(Int16(truncatingIfNeeded: weight >> 11))
        low &+= bytes &* (weight & 0x7FF)
        line += stride
    }
    // Clamped to bytes by the signs of what lies below and above: comparisons of vectors would be loops.
    let levels = ((high &<< 11) &+ low) &>> ResizeWeights.fraction
    let isBelow = levels &>> 31, isAbove = (255 &- levels) &>> 31
    return SIMD16<UInt8>(truncatingIfNeeded: (levels & ~isBelow) | isAbove)
}

@inline(__always)
private func mixedByte(_ source: UnsafePointer<UInt8>, stride: Int, _ weights: UnsafeBufferPointer<Int32>) -> UInt8 {
    var sum = ResizeWeights.half, line = source
    for weight in weights {
        sum &+= Int32(line.pointee) &* weight
        line += stride
    }
    return UInt8(clamping: sum >> ResizeWeights.fraction)
}

@inline(__always)
private func store(_ bytes: SIMD16<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(target).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
}
