import StriateGraph

/// How a camera was held: what must be done to a stored picture for it to be upright (EXIF 2.3, tag 0x0112).
enum Orientation: Int {
    case upright = 1, mirrored, upsideDown, flipped, transposed, turnedLeft, transversed, turnedRight

    /// Whether rows become columns.
    var isTurned: Bool { rawValue >= 5 }

    /// The orientation in an EXIF block (a small TIFF file); upright where it tells none.
    init(exif: ArraySlice<UInt8>) { self = Orientation.entry(in: Array(exif)).flatMap(Orientation.init(rawValue:)) ?? .upright }

    private static func entry(in exif: [UInt8]) -> Int? {
        guard exif.count >= 8, exif[0] == exif[1], exif[0] == UInt8(ascii: "I") || exif[0] == UInt8(ascii: "M") else { return nil }
        let isLittle = exif[0] == UInt8(ascii: "I")
        func number(at place: Int, bytes count: Int) -> Int? {
            guard place >= 0, place <= exif.count - count else { return nil }
            let bytes = exif[place..<place + count]
            return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4), let entries = number(at: directory, bytes: 2) else { return nil }
        for entry in 0..<entries {
            let place = directory + 2 + 12 * entry
            guard let tag = number(at: place, bytes: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            // A short, or a long, which some programs write.
            switch number(at: place + 2, bytes: 2) {
            case 3: return number(at: place + 8, bytes: 2)
            case 4: return number(at: place + 8, bytes: 4)
            default: return nil
            }
        }
        return nil
    }
}

extension Picture {
    /// The picture upright.
    func oriented(_ orientation: Orientation) -> Picture {
        guard orientation != .upright else { return self }
        let (channels, rows, columns) = (shape[0], shape[1], shape[2])
        let (lastRow, lastColumn) = ((rows - 1) * columns, columns - 1)
        // Where the upper left pixel comes from, and how far apart its neighbours to the right and below lie.
        let (origin, right, down) =
            switch orientation {
            case .upright: (0, 1, columns)
            case .mirrored: (lastColumn, -1, columns)
            case .upsideDown: (lastRow + lastColumn, -1, -columns)
            case .flipped: (lastRow, 1, -columns)
            case .transposed: (0, columns, 1)
            case .turnedLeft: (lastRow, -columns, 1)
            case .transversed: (lastRow + lastColumn, -columns, -1)
            case .turnedRight: (lastColumn, columns, -1)
            }
        let (outRows, outColumns) = orientation.isTurned ? (columns, rows) : (rows, columns)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { out, count in
            pixels.withUnsafeBufferPointer { pixels in
                for channel in 0..<channels {
                    for row in 0..<outRows {
                        let first = channel * rows * columns + origin + row * down
                        for column in 0..<outColumns {
                            out[count] = pixels[first + column * right]
                            count += 1
                        }
                    }
                }
            }
        }
        return Picture(shape: [channels, outRows, outColumns], pixels: turned)
    }
}
