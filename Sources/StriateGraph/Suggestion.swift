/// "Did you mean …?": finds what somebody meant who mistyped a name.
public enum Suggestion {
    /// The candidate nearest to `word`, or nil where none is near: at most a third of the longer one's letters may differ.
    ///
    /// Case does not count. Of equally near candidates the first wins.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        // Nobody mistypes a name at such length, and the comparison takes time by the square.
        guard word.utf8.count <= 200 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(word.lowercased(), candidate.lowercased())
            guard distance <= max(1, max(word.count, candidate.count) / 3) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// `; did you mean lenet5?` or nothing, to end a sentence about an unknown name.
    public static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    /// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one word into the
    /// other (Damerau's distance in its optimal string alignment form).
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int]()
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
