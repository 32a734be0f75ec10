/// Whether a name comes before another as people sort: numbers in it by their value ("7" before "10"), the rest byte by byte.
func naturallyPrecedes(_ first: String, _ second: String) -> Bool {
    var (a, b) = (Substring(first).utf8, Substring(second).utf8)
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    while let x = a.first, let y = b.first {
        if isDigit(x), isDigit(y) {
            let (left, right) = (a.prefix(while: isDigit), b.prefix(while: isDigit))
            let (m, n) = (left.drop { $0 == 48 }, right.drop { $0 == 48 })
            if m.count != n.count { return m.count < n.count }
            if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
            (a, b) = (a.dropFirst(left.count), b.dropFirst(right.count))
        } else {
            if x != y { return x < y }
            (a, b) = (a.dropFirst(), b.dropFirst())
        }
    }
    // Equal but for leading zeros, or one is the beginning of the other.
    return a.isEmpty && b.isEmpty ? first.utf8.lexicographicallyPrecedes(second.utf8) : a.isEmpty
}

/// Paths, folder by folder.
func naturallyPrecedes(_ first: [String], _ second: [String]) -> Bool {
    first.lexicographicallyPrecedes(second) { $0 != $1 && naturallyPrecedes($0, $1) }
}
