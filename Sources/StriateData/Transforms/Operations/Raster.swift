import StriateGraph

extension Picture {
    var channels: Int { shape[0] }
    var rows: Int { shape[1] }
    var columns: Int { shape[2] }
    /// The pixels of one channel.
    var area: Int { shape[1] * shape[2] }

    /// A picture whose bytes `body` writes, all of them.
    init(_ shape: Shape, writing body: (UnsafeMutablePointer<UInt8>) -> Void) {
        let count = shape.count
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0 { body(buffer.baseAddress!) }
            initialized = count
        }
        self.init(shape: shape, pixels: pixels)
    }

    /// A picture of `extent` whose channels `body` writes one by one: source plane, target plane.
    func mappingPlanes(to extent: Extent, _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void) -> Picture {
        guard area > 0 else { return self }
        let (channels, area) = (channels, area)
        return pixels.withUnsafeBufferPointer { source in
            Picture([channels, extent.rows, extent.columns]) { out in
                for channel in 0..<channels { body(source.baseAddress! + channel * area, out + channel * extent.count) }
            }
        }
    }

    /// ``mappingPlanes(to:_:)`` where the extent stays.
    func mappingPlanes(_ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void) -> Picture {
        mappingPlanes(to: Extent(rows, columns), body)
    }
}

/// Rounding without calls into the mathematical library, for loops that a compiler can turn into vector instructions.
enum Rounding {
    /// Adding this to a number below 2²² in size leaves its nearest whole number (ties to even) in the low bits.
    static let magic: Float = 0x1.8p23

    /// The nearest whole number, ties to even as PyTorch's `round`.
    @inline(__always) static func nearest(_ x: Float) -> Int32 {
        Int32(bitPattern: (x + magic).bitPattern) &- Int32(bitPattern: magic.bitPattern)
    }

    /// `x` within `low ... high`; a number that is none becomes `low`.
    @inline(__always) static func clamped(_ x: Float, _ low: Float, _ high: Float) -> Float {
        let raised = x > low ? x : low
        return raised < high ? raised : high
    }

    /// The nearest byte, ties to even.
    @inline(__always) static func byte(_ x: Float) -> UInt8 { UInt8(truncatingIfNeeded: nearest(clamped(x, 0, 255))) }

    /// The whole number below or equal, for numbers from 0 to 2²².
    @inline(__always) static func below(_ x: Float) -> Int32 {
        let nearest = nearest(x)
        return Float(nearest) > x ? nearest &- 1 : nearest
    }

    /// The byte below or equal, as PyTorch's conversion of clamped floats does it.
    @inline(__always) static func byteBelow(_ x: Float) -> UInt8 { UInt8(truncatingIfNeeded: below(clamped(x, 0, 255))) }
}
