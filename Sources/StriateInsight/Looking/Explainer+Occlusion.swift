import StriateGraph
import StriateNetworks

extension Explainer {
    /// What covers a picture, one square after another.
    struct Squares {
        let window: Int
        let stride: Int
        let fill: Baseline

        init(window: Int?, stride: Int?, fill: Baseline?, for preprocessing: Preprocessing) throws(InsightError) {
            let window = window ?? max(1, min(preprocessing.rows, preprocessing.columns) / 6), stride = stride ?? max(1, window / 2)
            guard window >= 1 else { throw InsightError("an occlusion's window is at least 1 pixel wide, not \(window)") }
            guard (1...window).contains(stride) else {
                throw InsightError("an occlusion's stride is 1 to \(window), as long as its window at most, not \(stride)")
            }
            (self.window, self.stride) = (window, stride)
            self.fill = fill ?? (preprocessing.channels == 1 ? .black : .mean)
        }

        /// The places along one side that each square covers: the last one reaches its end, where it is cut off.
        func spans(of size: Int) -> [Range<Int>] {
            let steps = window < size ? (size - window + stride - 1) / stride : 0
            return (0...steps).map { $0 * stride..<min(size, $0 * stride + min(window, size)) }
        }
    }

    func occlusion(_ question: Question, _ squares: Squares) throws -> Heatmap {
        let (rows, columns) = (preprocessing.rows, preprocessing.columns), levels = squares.fill.levels(for: preprocessing)
        let places = squares.spans(of: rows).flatMap { down in squares.spans(of: columns).map { (rows: down, columns: $0) } }
        var falls = [Float](repeating: 0, count: rows * columns), covers = falls
        for first in stride(from: 0, to: places.count, by: batch) {
            let together = places[first..<min(places.count, first + batch)]
            let scores = try logits(of: together.flatMap { covered(question.pixels, rows: $0.rows, columns: $0.columns, levels) })
            for (index, square) in together.enumerated() {
                let fall = question.score - scores[index * model.classes.count + question.target]
                for row in square.rows {
                    for column in square.columns {
                        falls[row * columns + column] += fall
                        covers[row * columns + column] += 1
                    }
                }
            }
        }
        return Heatmap(rows: rows, columns: columns, values: zip(falls, covers).map { $0 / $1 })
    }

    private func covered(_ pixels: [Float], rows: Range<Int>, columns: Range<Int>, _ levels: [Float]) -> [Float] {
        var pixels = pixels
        for (channel, level) in levels.enumerated() {
            for row in rows {
                let line = (channel * preprocessing.rows + row) * preprocessing.columns
                for column in columns { pixels[line + column] = level }
            }
        }
        return pixels
    }
}
