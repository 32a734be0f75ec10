/// "Did you mean …?"
package enum Suggestion {
    /// The candidate that differs from `text` by the fewest typing errors, if few enough to be one.
    package static func nearest(to text: String, among candidates: [String]) -> String? {
        let typed = Array(text.lowercased())
        let best = candidates.map { (name: $0, distance: distance(typed, Array($0.lowercased()))) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= max(1, min(typed.count, best.name.count) / 3) else {
            let completions = candidates.filter { !typed.isEmpty && $0.lowercased().hasPrefix(text.lowercased()) }
            return completions.count == 1 ? completions[0] : nil
        }
        return best.name
    }

    /// Letters left out, added, mistaken, or swapped with their neighbour (Damerau's distance, optimal string alignment).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        // A name of absurd length has no near neighbour, and the table is quadratic.
        guard !a.isEmpty, !b.isEmpty, a.count < 100 else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
