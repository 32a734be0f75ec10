import Foundation
package import Striate

/// Pictures as text: two pixels in each cell of a terminal, one above the other, in 24-bit colour.
package struct TerminalPictures {
    /// Cells in a line, hence the pixels that a picture is wide at most.
    package let width: Int

    /// Nil where standard output is no terminal that shows such colours, or shall have none.
    package init?(
        environment: [String: String] = ProcessInfo.processInfo.environment, isTerminal: Bool = isatty(STDOUT_FILENO) == 1
    ) {
        let colours = environment["COLORTERM"] ?? "", kind = environment["TERM"] ?? ""
        // There is no surer sign: terminals that have 24-bit colour say so in COLORTERM, and these also in their name.
        let isCapable = ["truecolor", "24bit"].contains(colours) || ["-direct", "kitty", "alacritty", "ghostty"].contains(where: kind.contains)
        // https://no-color.org: any value but the empty one.
        guard isTerminal, isCapable, kind != "dumb", (environment["NO_COLOR"] ?? "").isEmpty else { return nil }
        width = Terminal.width(of: STDOUT_FILENO)
    }

    /// A picture of at most ``width``: wider ones are made smaller.
    func text(_ picture: Picture) throws(DataError) -> String {
        let (rows, columns) = (picture.shape[1], picture.shape[2])
        return TerminalPictures.halfBlocks(
            columns <= width ? picture : try picture.resized(to: Extent(max(1, rows * width / columns), width)))
    }

    /// A cell for each two pixels that stand one above the other; the lower half of the last line is empty where rows are odd.
    package static func halfBlocks(_ picture: Picture) -> String {
        let (rows, columns) = (picture.shape[1], picture.shape[2]), area = rows * columns
        func colour(_ row: Int, _ column: Int) -> String {
            (0..<3).map { String(picture.pixels[(picture.shape[0] == 3 ? $0 : 0) * area + row * columns + column]) }.joined(separator: ";")
        }
        return stride(from: 0, to: rows, by: 2).map { row in
            (0..<columns).map { column in
                let lower = row + 1 < rows ? ";48;2;\(colour(row + 1, column))" : ""
                return "\u{1B}[38;2;\(colour(row, column))\(lower)m▀"
            }.joined() + "\u{1B}[0m"
        }.joined(separator: "\n")
    }
}
