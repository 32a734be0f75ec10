public import StriateGraph

/// What lies beyond the edges of a picture.
public enum Border: String, Hashable, Sendable, CaseIterable {
    /// One grey level.
    case constant
    /// The pixel at the edge, on and on.
    case edge
    /// The picture in a mirror that does not repeat the pixel at the edge: `2 1 | 0 1 2 3 | 2 1`.
    case reflect

    /// The place inside `0 ..< size` that stands for `index`, or nil where the constant does.
    func place(_ index: Int, in size: Int) -> Int? {
        if index >= 0 && index < size { return index }
        switch self {
        case .constant: return nil
        case .edge: return min(max(index, 0), size - 1)
        case .reflect:
            let mirrored = index < 0 ? -index : 2 * (size - 1) - index
            if mirrored >= 0 && mirrored < size { return mirrored }
            guard size > 1 else { return 0 }
            // A picture that is smaller than what is asked of it is mirrored more than once; PyTorch refuses those.
            let period = 2 * (size - 1)
            let place = ((index % period) + period) % period
            return place < size ? place : period - place
        }
    }
}

extension Picture {
    /// What a window shows whose upper left corner lies at (`top`, `left`): a crop where it lies inside, padding where it does not.
    ///
    /// Equal to torchvision's `crop` of its `pad`.
    /// - Parameter fill: The grey level beyond the edges where `border` is ``Border/constant``.
    public func window(top: Int, left: Int, rows: Int, columns: Int, border: Border = .constant, fill: UInt8 = 0) -> Picture {
        let (height, width) = (self.rows, self.columns)
        if top == 0, left == 0, rows == height, columns == width { return self }
        // The part of a row that lies inside the picture.
        let first = min(max(0, -left), columns)
        let last = min(max(first, width - left), columns)
        return mappingPlanes(to: Extent(max(0, rows), max(0, columns))) { source, target in
            for row in 0..<rows {
                let out = target + row * columns
                guard let line = border.place(row + top, in: height).map({ source + $0 * width }) else {
                    out.update(repeating: fill, count: columns)
                    continue
                }
                if last > first { (out + first).update(from: line + (left + first), count: last - first) }
                for column in 0..<first { out[column] = border.place(column + left, in: width).map { line[$0] } ?? fill }
                for column in last..<columns { out[column] = border.place(column + left, in: width).map { line[$0] } ?? fill }
            }
        }
    }

    /// The picture with `margin` pixels more on every side.
    public func padded(_ margin: Int, border: Border = .constant, fill: UInt8 = 0) -> Picture {
        let margin = max(0, margin)
        return window(top: -margin, left: -margin, rows: rows + 2 * margin, columns: columns + 2 * margin, border: border, fill: fill)
    }

    /// The middle; what a picture is too small for is black. As torchvision's `center_crop`.
    public func centreCropped(to extent: Extent) -> Picture {
        window(
            top: Picture.middle(rows - extent.rows), left: Picture.middle(columns - extent.columns), rows: extent.rows,
            columns: extent.columns)
    }

    /// Half of what is left over; a half more goes to the even number, as in Python's `round`, which torchvision asks. Where
    /// something is missing, torchvision pads the smaller half first.
    private static func middle(_ rest: Int) -> Int { rest < 0 ? -(-rest / 2) : rest / 2 + (rest % 4 == 3 ? 1 : 0) }
}
