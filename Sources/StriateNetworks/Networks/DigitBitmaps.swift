import StriateGraph

/// The centres of LeNet-5's output units (LeCun et al., 1998, figure 3): pictures of characters, 7 wide and 12 high, ink +1 and paper −1.
enum DigitBitmaps {
    /// Rows from the top left, `#` for ink.
    static let rows = [
        ".#####. ....... ..###.. .##.##. ##...## ##...## ##...## ##...## .##.##. ..###.. ....... .......",
        "...##.. ..###.. .####.. ...##.. ...##.. ...##.. ...##.. ...##.. ...##.. .###### ....... .......",
        ".#####. ....... .#####. ##...## #....## ....##. ..###.. .##.... ##..... ####### ....... .......",
        "####### .....## ....##. ...##.. ..####. .....## .....## .....## ##...## .#####. ....... .......",
        ".#####. ....... ....... .##..## .##..## ###..## ##...## ##...## ##..### .###### .....## .....##",
        ".#####. ....... ####### ##..... ##..... .####.. ..####. .....## ##...## .#####. ....... .......",
        "..####. .##.... ##..... ##..... ######. ###..## ##...## ##...## ###..## .#####. ....... .......",
        "####### .....## .....## ....##. ...##.. ...##.. ..##... ..##... ..##... ..##... ....... .......",
        ".#####. ##...## ##...## ##...## .#####. ##...## ##...## ##...## ##...## .#####. ....... .......",
        ".#####. ##..### ##...## ##...## ##..### .###### .....## .....## ....##. .####.. ....... .......",
    ]

    /// `[classes, 84]`. Classes beyond the ten digits get codes of +1 and −1 drawn evenly, which the paper names as the other choice;
    /// they depend on the class's number alone.
    static func centers(classes: Int) -> Tensor {
        var values = [Float]()
        for pixels in rows.prefix(classes) { values += pixels.filter { $0 != " " }.map { $0 == "#" ? 1 : -1 } }
        for label in rows.count..<max(rows.count, classes) {
            var generator = SeededGenerator(seed: 1998, stream: UInt64(label))
            values += (0..<84).map { _ in generator.below(2) == 0 ? -1 : 1 }
        }
        return Tensor([classes, 84], values)
    }
}
