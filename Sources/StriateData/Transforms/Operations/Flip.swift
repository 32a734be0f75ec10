import StriateGraph

extension Picture {
    /// Left and right changed places: torchvision's `hflip`.
    public func flippedHorizontally() -> Picture {
        let (rows, columns) = (rows, columns)
        return mappingPlanes { source, target in
            for row in 0..<rows {
                let (line, out) = (source + row * columns, target + row * columns)
                for column in 0..<columns { out[column] = line[columns - 1 - column] }
            }
        }
    }

    /// Top and bottom changed places: torchvision's `vflip`.
    public func flippedVertically() -> Picture {
        let (rows, columns) = (rows, columns)
        return mappingPlanes { source, target in
            for row in 0..<rows { (target + row * columns).update(from: source + (rows - 1 - row) * columns, count: columns) }
        }
    }
}
