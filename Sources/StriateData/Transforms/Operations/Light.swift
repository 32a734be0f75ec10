import StriateGraph

// Brightness, contrast, saturation and hue as torchvision's tensor backend has them: computed in floats, clamped to 0 … 255 and cut off
// to bytes. A factor of 1 (a shift of 0) changes nothing.

extension Picture {
    /// Every byte times a factor: `adjust_brightness`.
    public func brightened(by factor: Double) -> Picture {
        let factor = Float(factor)
        return mappingBytes { factor * $0 }
    }

    /// Further from the mean grey level or nearer to it: `adjust_contrast`. Factor 0 leaves the mean alone.
    public func contrasted(by factor: Double) -> Picture {
        let rest = Float(1 - factor) * meanGrey
        let factor = Float(factor)
        return mappingBytes { factor * $0 + rest }
    }

    /// Further from grey or nearer to it, pixel by pixel: `adjust_saturation`. Grey pictures stay as they are.
    public func saturated(by factor: Double) -> Picture {
        let (factor, rest) = (Float(factor), Float(1 - factor))
        return mappingColours { red, green, blue in
            let grey = rest * Float(Light.grey(red, green, blue))
            return (factor * red + grey, factor * green + grey, factor * blue + grey)
        }
    }

    /// Colours turned around the wheel, −½ … ½ of a turn: `adjust_hue`. Grey pictures stay as they are.
    public func hueTurned(by turn: Double) -> Picture {
        let shift = Float(6 * (turn - turn.rounded(.down)))
        // The factor with which torchvision brings 0 … 1 back to bytes, for values that are bytes already.
        let scale: Float = 255.999 / 255
        return mappingColours { red, green, blue in
            let high = max(red, green, blue)
            let range = high - min(red, green, blue)
            let divisor = range > 0 ? range : 1
            let fromRed = (green - blue) / divisor
            let fromGreen = 2 + (blue - red) / divisor
            let fromBlue = 4 + (red - green) / divisor
            // Sixths of the wheel, 0 … 12 with the shift.
            let hue = (high == red ? (fromRed < 0 ? fromRed + 6 : fromRed) : high == green ? fromGreen : fromBlue) + shift
            return (
                scale * Light.channel(5, hue, high, range), scale * Light.channel(3, hue, high, range),
                scale * Light.channel(1, hue, high, range)
            )
        }
    }

    /// All channels as grey as each pixel is, by ITU-R 601-2 as in Pillow; torchvision's tensors agree within a level.
    public func greyscaled() -> Picture {
        guard channels == 3 else { return self }
        let area = area
        return pixels.withUnsafeBufferPointer { source in
            Picture(shape) { out in
                for pixel in 0..<area {
                    out[pixel] = greyLevel(red: source[pixel], green: source[area + pixel], blue: source[2 * area + pixel])
                }
                for channel in 1..<3 { (out + channel * area).update(from: out, count: area) }
            }
        }
    }

    /// The mean of all pixels' grey levels, each cut off to a whole number.
    private var meanGrey: Float {
        guard area > 0 else { return 0 }
        let area = area
        let sum = pixels.withUnsafeBufferPointer { source in
            var sum = 0
            if channels == 3 {
                for pixel in 0..<area {
                    sum &+= Int(Light.grey(Float(source[pixel]), Float(source[area + pixel]), Float(source[2 * area + pixel])))
                }
            } else {
                for byte in source { sum &+= Int(byte) }
            }
            return sum
        }
        return Float(Double(sum) / Double(channels == 3 ? area : pixels.count))
    }

    /// Every byte through a function, in floats.
    private func mappingBytes(_ function: (Float) -> Float) -> Picture {
        mappingPlanes(through: (0..<256).map { Rounding.byteBelow(function(Float($0))) })
    }

    /// Every byte through a table of 256.
    func mappingPlanes(through table: [UInt8]) -> Picture {
        let area = area
        return table.withUnsafeBufferPointer { table in
            mappingPlanes { source, target in
                for pixel in 0..<area { target[pixel] = table[Int(source[pixel])] }
            }
        }
    }

    /// Every pixel of a colour picture through a function, in floats.
    @inline(__always)
    private func mappingColours(_ function: (Float, Float, Float) -> (Float, Float, Float)) -> Picture {
        guard channels == 3, area > 0 else { return self }
        let area = area
        return pixels.withUnsafeBufferPointer { source in
            Picture(shape) { out in
                // Some pixels at a time, in memory that the compiler knows to be nobody else's: only then it turns the loop into vector instructions.
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 6 * Light.pixels) { memory in
                    memory.initialize(repeating: 0)
                    let levels = memory.baseAddress!, results = levels + 3 * Light.pixels
                    for first in stride(from: 0, to: area, by: Light.pixels) {
                        let count = min(Light.pixels, area - first)
                        for channel in 0..<3 {
                            (levels + channel * Light.pixels).update(from: source.baseAddress! + channel * area + first, count: count)
                        }
                        for pixel in 0..<Light.pixels {
                            let (red, green, blue) = function(
                                Float(levels[pixel]), Float(levels[Light.pixels + pixel]), Float(levels[2 * Light.pixels + pixel]))
                            results[pixel] = Rounding.byteBelow(red)
                            results[Light.pixels + pixel] = Rounding.byteBelow(green)
                            results[2 * Light.pixels + pixel] = Rounding.byteBelow(blue)
                        }
                        for channel in 0..<3 { (out + channel * area + first).update(from: results + channel * Light.pixels, count: count) }
                    }
                }
            }
        }
    }
}

private enum Light {
    /// How many are computed together.
    static let pixels = 64

    /// The grey level of torchvision's tensors, cut off.
    @inline(__always) static func grey(_ red: Float, _ green: Float, _ blue: Float) -> Int32 {
        Rounding.below(0.2989 * red + 0.587 * green + 0.114 * blue)
    }

    /// One channel of a colour on the wheel: `high − range · clamp(min(k, 4 − k), 0, 1)`, `k = (start + hue) mod 6`.
    @inline(__always) static func channel(_ start: Float, _ hue: Float, _ high: Float, _ range: Float) -> Float {
        var place = start + hue
        place = place >= 12 ? place - 12 : place
        place = place >= 6 ? place - 6 : place
        return high - range * Rounding.clamped(min(place, 4 - place), 0, 1)
    }
}
