/// Rows become columns, eight by eight; the last squares may overlap those before.
///
/// - Parameters:
///   - stride: From a row of the source to the next.
///   - targetStride: The same of the result, which has as many rows as the source has columns.
func transpose(
    _ source: UnsafePointer<UInt8>, stride: Int, rows: Int, columns: Int, to target: UnsafeMutablePointer<UInt8>, stride targetStride: Int
) {
    guard rows >= 8, columns >= 8 else {
        for row in 0..<rows { for column in 0..<columns { target[column * targetStride + row] = source[row * stride + column] } }
        return
    }
    for first in Swift.stride(from: 0, to: rows, by: 8) {
        let row = min(first, rows - 8)
        for first in Swift.stride(from: 0, to: columns, by: 8) {
            let column = min(first, columns - 8)
            transposeSquare(source + row * stride + column, stride: stride, to: target + column * targetStride + row, stride: targetStride)
        }
    }
}

/// 8×8 bytes, a row in each number: squares of 4×4 change places, then those of 2×2 in them, then single bytes (Warren, Hacker's Delight, 7-3).
@inline(__always)
private func transposeSquare(_ source: UnsafePointer<UInt8>, stride: Int, to target: UnsafeMutablePointer<UInt8>, stride targetStride: Int) {
    let source = UnsafeRawPointer(source), target = UnsafeMutableRawPointer(target)
    func row(_ index: Int) -> UInt64 { UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index &* stride, as: UInt64.self)) }
    func store(_ column: UInt64, _ index: Int) {
        target.storeBytes(of: column.littleEndian, toByteOffset: index &* targetStride, as: UInt64.self)
    }
    var (a, b, c, d) = (row(0), row(1), row(2), row(3)), (e, f, g, h) = (row(4), row(5), row(6), row(7))
    exchange(&a, &e, by: 32, 0x0000_0000_FFFF_FFFF)
    exchange(&b, &f, by: 32, 0x0000_0000_FFFF_FFFF)
    exchange(&c, &g, by: 32, 0x0000_0000_FFFF_FFFF)
    exchange(&d, &h, by: 32, 0x0000_0000_FFFF_FFFF)
    exchange(&a, &c, by: 16, 0x0000_FFFF_0000_FFFF)
    exchange(&b, &d, by: 16, 0x0000_FFFF_0000_FFFF)
    exchange(&e, &g, by: 16, 0x0000_FFFF_0000_FFFF)
    exchange(&f, &h, by: 16, 0x0000_FFFF_0000_FFFF)
    exchange(&a, &b, by: 8, 0x00FF_00FF_00FF_00FF)
    exchange(&c, &d, by: 8, 0x00FF_00FF_00FF_00FF)
    exchange(&e, &f, by: 8, 0x00FF_00FF_00FF_00FF)
    exchange(&g, &h, by: 8, 0x00FF_00FF_00FF_00FF)
    store(a, 0)
    store(b, 1)
    store(c, 2)
    store(d, 3)
    store(e, 4)
    store(f, 5)
    store(g, 6)
    store(h, 7)
}

/// The upper parts of the first number and the lower ones of the second change places; `mask` holds the lower ones.
@inline(__always)
private func exchange(_ first: inout UInt64, _ second: inout UInt64, by shift: UInt64, _ mask: UInt64) {
    let change = ((first &>> shift) ^ second) & mask
    second ^= change
    first ^= change &<< shift
}
