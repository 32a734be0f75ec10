import StriateGraph

/// The numbers that the fixtures' generators draw: the same formula as in `make_golden.py` and `make_parity.py`.
enum Hashed {
    /// Element `index` of the sequence that belongs to `seed`, by MurmurHash3's 32-bit finaliser.
    static func bits(_ index: Int, seed: Int) -> UInt32 {
        var h = UInt32(truncatingIfNeeded: index) &+ UInt32(truncatingIfNeeded: seed) &* 0x9E37_79B9
        h = (h ^ h >> 16) &* 0x85EB_CA6B
        h = (h ^ h >> 13) &* 0xC2B2_AE35
        return h ^ h >> 16
    }

    /// `shape.count` numbers in −scale ..< scale.
    static func tensor(_ shape: Shape, seed: Int, scale: Float = 1) -> Tensor {
        Tensor(shape, (0..<shape.count).map { scale * (Float(Int(bits($0, seed: seed) >> 8) - 1 << 23) * 0x1p-23) })
    }
}
