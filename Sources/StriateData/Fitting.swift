import Foundation
public import StriateGraph

extension ImageSet {
    /// The same images as a network with this preprocessing expects them: its size and channels, still in bytes.
    ///
    /// First the channels (grey is copied to red, green and blue; colour becomes grey by ITU-R 601-2 as in Pillow), then the
    /// size. ``Graph/normalized(_:by:)`` does the rest. Nothing is copied where the images fit already and none is cropped.
    /// - Throws: ``DataError`` where neither the images nor the network have one or three channels.
    public func prepared(for preprocessing: Preprocessing) throws(DataError) -> ImageSet {
        guard !preprocessing.isMet(by: shape) else { return self }
        let fitted = try fit(pixels, of: shape, count: count, for: preprocessing)
        return ImageSet(shape: preprocessing.shape, pixels: fitted, labels: labels, classes: classes)
    }
}

extension Picture {
    /// The picture as a network with this preprocessing expects it, as ``ImageSet/prepared(for:)`` makes it.
    public func prepared(for preprocessing: Preprocessing) throws(DataError) -> Picture {
        guard !preprocessing.isMet(by: shape) else { return self }
        return Picture(shape: preprocessing.shape, pixels: try fit(pixels, of: shape, count: 1, for: preprocessing))
    }
}

extension Preprocessing {
    /// Whether pictures of `source` need nothing done to them.
    fileprivate func isMet(by source: Shape) -> Bool {
        if case .crop = fit { return false }
        return source == shape
    }
}

private func fit(_ pixels: [UInt8], of shape: Shape, count: Int, for preprocessing: Preprocessing) throws(DataError) -> [UInt8] {
    let target = preprocessing.shape
    let conversion: ChannelConversion
    switch (shape[0], target[0]) {
    case (1, 3): conversion = .greyToColour
    case (3, 1): conversion = .colourToGrey
    case let (from, to) where from == to: conversion = .none
    case let (from, to):
        throw DataError("images of \(shape)", "a network for \(target) cannot read them: \(from) channels do not become \(to)")
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: target.count)
    guard !overflow, UInt64(bytes) < ProcessInfo.processInfo.physicalMemory else {
        throw DataError("images of \(shape)", "\(count) of them as \(target) do not fit into memory; choose a smaller input or fewer images")
    }
    let (rows, columns) = (shape[1], shape[2])
    let placement = try Placement(of: Extent(rows, columns), in: Extent(target[1], target[2]), preprocessing.fit)
    // Grey before resizing is less work; copies of grey are made after it.
    let worker = Fitter(source: shape, target: target, conversion: conversion, placement: placement)
    return parallelFill(count: count, stride: target.count) { index, out in
        pixels.withUnsafeBufferPointer { worker.fit($0.baseAddress! + index * shape.count, to: out) }
    }
}

private enum ChannelConversion { case none, greyToColour, colourToGrey }

/// How one plane becomes another.
private enum Placement {
    case none, pad
    /// Resized, or a part of what that gives.
    case resize(Resizer)

    init(of source: Extent, in target: Extent, _ fit: Preprocessing.Fit) throws(DataError) {
        switch fit {
        case .crop(let side):
            let shorter = min(source.rows, source.columns), wanted = max(side, target.rows, target.columns)
            // A ribbon would become far larger than what is kept of it.
            guard let area = Shape.checkedCount([wanted, wanted, max(source.rows, source.columns) / shorter + 1]), area <= 1 << 28 else {
                throw DataError("images of \(source)", "they are too long and narrow to be cropped to \(target)")
            }
            let size = Extent(source.rows * wanted / shorter, source.columns * wanted / shorter)
            let window = Box(
                top: Placement.middle(size.rows - target.rows), left: Placement.middle(size.columns - target.columns), rows: target.rows,
                columns: target.columns)
            self = .resize(Resizer(from: source, to: size, window: window))
        case _ where source == target: self = .none
        case .pad where source.rows <= target.rows && source.columns <= target.columns: self = .pad
        case .pad, .resize:
            self = .resize(Resizer(from: source, to: target))
        }
    }

    /// Half of what is left over; a half more goes to the even number, as in Python's `round`, which torchvision asks.
    private static func middle(_ rest: Int) -> Int { rest / 2 + (rest % 4 == 3 ? 1 : 0) }
}

/// ITU-R 601-2 in Pillow's whole numbers.
@inline(__always) func greyLevel(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: (UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471 + 0x8000) >> 16)
}

private struct Fitter: Sendable {
    let source: Shape
    let target: Shape
    let conversion: ChannelConversion
    let placement: Placement

    func fit(_ image: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>) {
        let (area, targetArea) = (source[1] * source[2], target[1] * target[2])
        switch conversion {
        case .none:
            for channel in 0..<source[0] { place(image + channel * area, to: out + channel * targetArea) }
        case .greyToColour:
            place(image, to: out)
            for channel in 1..<3 { (out + channel * targetArea).update(from: out, count: targetArea) }
        case .colourToGrey:
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: area) { grey in
                for pixel in 0..<area {
                    grey[pixel] = greyLevel(red: image[pixel], green: image[area + pixel], blue: image[2 * area + pixel])
                }
                place(grey.baseAddress!, to: out)
            }
        }
    }

    private func place(_ plane: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>) {
        let (rows, columns, targetRows, targetColumns) = (source[1], source[2], target[1], target[2])
        switch placement {
        case .none: out.update(from: plane, count: rows * columns)
        case .resize(let resizer): resizer.resize(plane, to: out)
        case .pad:
            out.update(repeating: 0, count: targetRows * targetColumns)
            let first = out + (targetRows - rows) / 2 * targetColumns + (targetColumns - columns) / 2
            for row in 0..<rows { (first + row * targetColumns).update(from: plane + row * columns, count: columns) }
        }
    }
}

/// An array of `count` equal pieces, each filled on whichever thread is free: what a piece holds depends on its index alone.
func parallelFill(count: Int, stride: Int, _ body: @Sendable (Int, UnsafeMutablePointer<UInt8>) -> Void) -> [UInt8] {
    guard count > 0, stride > 0 else { return [] }
    return Array(unsafeUninitializedCapacity: count * stride) { buffer, initialized in
        nonisolated(unsafe) let base = buffer.baseAddress!
        let chunk = max(1, min(512, count / 16))
        DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
            for index in part * chunk..<min(count, (part + 1) * chunk) { body(index, base + index * stride) }
        }
        initialized = count * stride
    }
}
