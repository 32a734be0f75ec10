import Testing

import StriateLanes

/// Pictures in lanes with numbers of one seed, and what sums over them must be, in double precision.
private struct Picture {
    let channels: Int, rows: Int, columns: Int
    let lanes: UnsafeMutablePointer<Lane>

    init(_ channels: Int, _ rows: Int, _ columns: Int, seed: UInt64) {
        (self.channels, self.rows, self.columns) = (channels, rows, columns)
        lanes = .allocate(capacity: channels * rows * columns + 1)
        var state = seed
        for i in 0..<channels * rows * columns + 1 {
            var lane = Lane.zero
            for k in 0..<Lane.width {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                lane[k] = Float(Int(state >> 40) - 1 << 23) / Float(1 << 23)
            }
            lanes[i] = lane
        }
    }

    func at(_ channel: Int, _ row: Int, _ column: Int, _ image: Int) -> Double {
        guard row >= 0, row < rows, column >= 0, column < columns else { return 0 }
        return Double(lanes[(channel * rows + row) * columns + column][image])
    }
}

private struct Case: CustomTestStringConvertible, Sendable {
    let channels: Int, outputs: Int, rows: Int, columns: Int, padding: Int
    var testDescription: String { "\(channels)→\(outputs) on \(rows)×\(columns), padding \(padding)" }
    var outputRows: Int { rows + 2 * padding - 2 }
    var outputColumns: Int { columns + 2 * padding - 2 }
    var geometry: Winograd.Geometry {
        .init(
            channels: channels, outputs: outputs, inputRows: rows, inputColumns: columns, outputRows: outputRows,
            outputColumns: outputColumns, top: padding, left: padding)
    }

    /// Odd channels, one pixel, ragged tiles, many tiles.
    static let all = [
        Case(channels: 1, outputs: 1, rows: 1, columns: 1, padding: 1), Case(channels: 3, outputs: 17, rows: 3, columns: 3, padding: 0),
        Case(channels: 17, outputs: 5, rows: 5, columns: 7, padding: 1), Case(channels: 16, outputs: 8, rows: 8, columns: 8, padding: 1),
        Case(channels: 33, outputs: 34, rows: 6, columns: 13, padding: 2), Case(channels: 8, outputs: 12, rows: 40, columns: 37, padding: 1),
    ]
}

private func weights(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 37 + 11) % 101 - 50) / 100 } + [Float](repeating: 0, count: 16) }

@Suite struct WinogradTests {
    @Test(arguments: Case.all, [false, true])
    private func productsGiveTheDirectSum(_ test: Case, isTurned: Bool) {
        let x = Picture(test.channels, test.rows, test.columns, seed: 7), winograd = Winograd(test.geometry)
        defer { x.lanes.deallocate() }
        // Turned: an input gradient's weights, [channel][output] with the kernel's taps from the last to the first.
        let layout: Winograd.WeightLayout = isTurned
            ? .init(outputStep: 9, channelStep: test.outputs * 9, isTurned: true)
            : .init(outputStep: test.channels * 9, channelStep: 9, isTurned: false)
        let kernel = weights(test.channels * test.outputs * 9)
        let packed = UnsafeMutablePointer<Float>.allocate(capacity: winograd.packedCount)
        let scratch = UnsafeMutablePointer<Lane>.allocate(capacity: winograd.scratchLanes)
        let result = UnsafeMutablePointer<Lane>.allocate(capacity: test.outputs * test.outputRows * test.outputColumns)
        defer { for memory in [UnsafeMutableRawPointer(packed), .init(scratch), .init(result)] { memory.deallocate() } }
        packed.update(repeating: .nan, count: winograd.packedCount)
        scratch.update(repeating: Lane(repeating: .nan), count: winograd.scratchLanes)
        for block in 0..<winograd.blocks { kernel.withUnsafeBufferPointer { winograd.pack(block: block, $0.baseAddress!, layout: layout, into: packed) } }
        for part in 0..<winograd.parts {
            winograd.run(part: part, source: x.lanes, weights: packed, scratch: scratch) { tile, output, row, column in
                for y in 0..<min(4, test.outputRows - row) {
                    for z in 0..<min(4, test.outputColumns - column) {
                        result[(output * test.outputRows + row + y) * test.outputColumns + column + z] = tile[4 * y + z]
                    }
                }
            }
        }
        var worst = 0.0, largest = 0.0
        for output in 0..<test.outputs {
            for row in 0..<test.outputRows {
                for column in 0..<test.outputColumns {
                    for image in [0, Lane.width - 1] {
                        var sum = 0.0
                        for channel in 0..<test.channels {
                            for i in 0..<3 {
                                for j in 0..<3 {
                                    let tap = isTurned ? 8 - (3 * i + j) : 3 * i + j
                                    let weight = kernel[output * layout.outputStep + channel * layout.channelStep + tap]
                                    sum += x.at(channel, row + i - test.padding, column + j - test.padding, image) * Double(weight)
                                }
                            }
                        }
                        largest = max(largest, abs(sum))
                        worst = max(worst, abs(sum - Double(result[(output * test.outputRows + row) * test.outputColumns + column][image])))
                    }
                }
            }
        }
        #expect(worst <= 1e-5 * largest, "off by \(worst / largest) of the largest")
    }

    @Test(arguments: Case.all, [1, Lane.width - 1, Lane.width])
    private func weightGradientsAreTheDirectSum(_ test: Case, images: Int) {
        let x = Picture(test.channels, test.rows, test.columns, seed: 3), dy = Picture(test.outputs, test.outputRows, test.outputColumns, seed: 5)
        defer { for picture in [x, dy] { picture.lanes.deallocate() } }
        poison(x, from: images)
        poison(dy, from: images)
        let gradient = WinogradWeightGradient(test.geometry)
        let result = run(gradient.parts, gradient.scratchLanes, test) { part, result, scratch in
            gradient.run(part: part, source: x.lanes, upstream: dy.lanes, images: images, gradient: result, scratch: scratch)
        }
        expect(result, near: directGradient(x, dy, test, images, stride: 1), tolerance: 2e-5)
    }

    @Test(arguments: Case.all, [1, Lane.width - 1, Lane.width])
    private func channelsInLanesGiveTheDirectGradient(_ test: Case, images: Int) {
        for stride in [1, 2] { channelsInLanesGiveTheDirectGradient(test, images, stride: stride) }
    }

    private func channelsInLanesGiveTheDirectGradient(_ test: Case, _ images: Int, stride: Int) {
        let rows = (test.outputRows - 1) / stride + 1, columns = (test.outputColumns - 1) / stride + 1
        let x = Picture(test.channels, test.rows, test.columns, seed: 3), dy = Picture(test.outputs, rows, columns, seed: 5)
        defer { for picture in [x, dy] { picture.lanes.deallocate() } }
        poison(x, from: images)
        poison(dy, from: images)
        for (isPaired, tolerance) in [(false, 1e-5), (true, 2e-2)] {
            let gradient = ChannelWeightGradient(
                channels: test.channels, isPaired: isPaired,
                rows: .init(extent: test.rows, start: -test.padding, step: 1, outputStep: stride, reach: 3),
                columns: .init(extent: test.columns, start: -test.padding, step: 1, outputStep: stride, reach: 3),
                tapRows: .init(count: 3, step: 1), tapColumns: .init(count: 3, step: 1), outputs: test.outputs, outputRows: rows,
                outputColumns: columns)
            let result = run(gradient.parts, gradient.scratchLanes, test) { part, result, scratch in
                gradient.run(part: part, source: x.lanes, upstream: dy.lanes, images: images, gradient: result, scratch: scratch)
            }
            expect(result, near: directGradient(x, dy, test, images, stride: stride), tolerance: tolerance)
        }
    }

    /// Lanes without an image may hold anything.
    private func poison(_ picture: Picture, from images: Int) {
        for i in 0..<picture.channels * picture.rows * picture.columns { for k in images..<Lane.width { picture.lanes[i][k] = .nan } }
    }

    private func run(
        _ parts: Int, _ scratchLanes: Int, _ test: Case,
        _ body: (_ part: Int, _ result: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Lane>) -> Void
    ) -> [Float] {
        let scratch = UnsafeMutablePointer<Lane>.allocate(capacity: scratchLanes)
        defer { scratch.deallocate() }
        scratch.update(repeating: Lane(repeating: .nan), count: scratchLanes)
        var result = [Float](repeating: .nan, count: test.outputs * test.channels * 9)
        result.withUnsafeMutableBufferPointer { result in for part in 0..<parts { body(part, result.baseAddress!, scratch) } }
        return result
    }

    private func directGradient(_ x: Picture, _ dy: Picture, _ test: Case, _ images: Int, stride: Int) -> [Double] {
        var result = [Double]()
        for output in 0..<test.outputs {
            for channel in 0..<test.channels {
                for i in 0..<3 {
                    for j in 0..<3 {
                        var sum = 0.0
                        for row in 0..<dy.rows {
                            for column in 0..<dy.columns {
                                for image in 0..<images {
                                    sum += dy.at(output, row, column, image)
                                        * x.at(channel, row * stride + i - test.padding, column * stride + j - test.padding, image)
                                }
                            }
                        }
                        result.append(sum)
                    }
                }
            }
        }
        return result
    }

    private func expect(_ result: [Float], near reference: [Double], tolerance: Double) {
        let largest = reference.map(abs).max() ?? 0
        let worst = zip(result, reference).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst <= tolerance * largest, "off by \(worst / largest) of the largest")
    }
}
