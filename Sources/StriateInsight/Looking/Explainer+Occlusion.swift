import StriateGraph
import StriateNetworks

extension Explainer {
    func occlusion(_ question: Question, window: Int?, stride: Int?, _ fill: Baseline) throws -> Heatmap {
        let (rows, columns) = (preprocessing.rows, preprocessing.columns)
        let window = window ?? max(1, min(rows, columns) / 6), stride = stride ?? max(1, window / 2)
        guard window >= 1 else { throw InsightError("an occlusion's window is at least 1 pixel wide, not \(window)") }
        guard (1...window).contains(stride) else {
            throw InsightError("an occlusion's stride is 1 to \(window), as long as its window at most, not \(stride)")
        }
        let squares = Explainer.starts(of: window, in: rows, stride: stride).flatMap { top in
            Explainer.starts(of: window, in: columns, stride: stride).map { left in
                Square(rows: top..<min(rows, top + window), columns: left..<min(columns, left + window))
            }
        }
        let levels = fill.levels(for: preprocessing)
        var falls = [Float](repeating: 0, count: rows * columns), covers = falls
        for first in Swift.stride(from: 0, to: squares.count, by: batch) {
            let together = squares[first..<min(squares.count, first + batch)]
            let scores = try logits(of: together.flatMap { covered(question.pixels, by: $0, levels) })
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

    private struct Square {
        let rows: Range<Int>
        let columns: Range<Int>
    }

    /// Where squares begin along one side so that the last one reaches its end.
    private static func starts(of window: Int, in size: Int, stride: Int) -> [Int] {
        guard window < size else { return [0] }
        return (0...(size - window + stride - 1) / stride).map { $0 * stride }
    }

    private func covered(_ pixels: [Float], by square: Square, _ levels: [Float]) -> [Float] {
        var pixels = pixels
        for (channel, level) in levels.enumerated() {
            for row in square.rows {
                let line = (channel * preprocessing.rows + row) * preprocessing.columns
                for column in square.columns { pixels[line + column] = level }
            }
        }
        return pixels
    }
}
