import StriateData
import StriateGraph
import Testing

/// What torchvision makes of small pictures: see `Fixtures/make_transforms.py`.
private struct Golden {
    struct Case {
        let name: String
        let source: Picture
        let expected: Picture
    }

    let cases: [Case]

    init() throws {
        var bytes = try fixture("transforms.bin")[...]
        func number(_ count: Int) -> Int {
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        }
        func picture() -> Picture {
            let shape = Shape([number(2), number(2), number(2)])
            defer { bytes = bytes.dropFirst(shape.count) }
            return Picture(shape: shape, pixels: Array(bytes.prefix(shape.count)))
        }
        let sources = (0..<number(2)).map { _ in picture() }
        var cases = [Case]()
        while !bytes.isEmpty {
            let length = number(1)
            let name = String(decoding: bytes.prefix(length), as: UTF8.self)
            bytes = bytes.dropFirst(length)
            cases.append(Case(name: name, source: sources[number(1)], expected: picture()))
        }
        self.cases = cases
    }

    /// Compares all cases whose names begin with `name`: no pixel may differ by more than `levels`.
    func expect(_ name: String, count: Int, within levels: Int = 0, _ function: (Picture) throws -> Picture) rethrows {
        let chosen = cases.filter { $0.name == name }
        #expect(chosen.count == count, "\(name)")
        for golden in chosen {
            let result = try function(golden.source)
            #expect(result.shape == golden.expected.shape, "\(name)")
            guard result.shape == golden.expected.shape else { continue }
            let worst = zip(result.pixels, golden.expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= levels, "\(name) of \(golden.source.shape): \(worst) levels")
        }
    }
}

@Suite struct TransformGoldenTests {
    private let golden: Golden

    init() throws { golden = try Golden() }

    @Test func flipsAndWindowsEqualTorchvision() throws {
        golden.expect("flip", count: 3) { $0.flippedHorizontally() }
        golden.expect("vertical-flip", count: 3) { $0.flippedVertically() }
        golden.expect("pad constant", count: 3) { $0.padded(3, fill: 9) }
        golden.expect("pad edge", count: 3) { $0.padded(3, border: .edge) }
        golden.expect("pad reflect", count: 2) { $0.padded(3, border: .reflect) }
        golden.expect("crop", count: 1) { $0.window(top: 1, left: -2, rows: 5, columns: 6) }
        for side in [3, 4, 8, 11] { golden.expect("center-crop \(side)", count: 3) { $0.centreCropped(to: Extent(side)) } }
    }

    @Test func resizingEqualsPillowBitForBit() throws {
        try golden.expect("bicubic up", count: 3) { try $0.resized(to: Extent(17, 14), .bicubic) }
        try golden.expect("bicubic down", count: 2) { try $0.resized(to: Extent(4, 5), .bicubic) }
        try golden.expect("resize 5", count: 3) { try $0.resized(shorterSide: 5) }
    }

    /// Both round sums of floats in different orders: one level.
    @Test func warpsEqualTorchvisionWithinRounding() throws {
        for (name, angle) in [("0", 0.0), ("17", 17), ("90", 90), ("-133", -133)] {
            golden.expect("rotate \(name)", count: 2, within: 1) { $0.rotated(angle) }
        }
        golden.expect("rotate nearest", count: 3) { $0.rotated(23, sampling: .nearest) }
        golden.expect("rotate filled", count: 1, within: 1) { $0.rotated(30, fill: 100) }
        let all = AffineMap(angle: 12, translation: (2, -1), scale: 1.2, shear: (8, -5))
        golden.expect("affine all", count: 3, within: 1) { $0.warped(by: all) }
        golden.expect("affine nearest", count: 3) { $0.warped(by: all, sampling: .nearest) }
        golden.expect("affine shift", count: 3, within: 1) { $0.warped(by: AffineMap(translation: (3, 2))) }
        golden.expect("affine small", count: 3, within: 1) { $0.warped(by: AffineMap(scale: 0.4)) }
        golden.expect("affine shear", count: 3, within: 1) { $0.warped(by: AffineMap(shear: (20, 0))) }
        for (name, sampling) in [("perspective", Sampling.bilinear), ("perspective nearest", .nearest)] {
            try golden.expect(name, count: 2, within: 1) { picture in
                let right = Double(picture.shape[2] - 1), bottom = Double(picture.shape[1] - 1)
                let map = try #require(PerspectiveMap(
                    bringing: [[0, 0], [right, 0], [right, bottom], [0, bottom]],
                    to: [[1, 2], [right - 2, 0], [right, bottom - 1], [2, bottom - 1]]))
                return picture.warped(by: map, sampling: sampling)
            }
        }
        golden.expect("elastic", count: 2, within: 1) { picture in
            let extent = Extent(picture.shape[1], picture.shape[2])
            let places = (0..<extent.count).map { (row: $0 / extent.columns, column: $0 % extent.columns) }
            return picture.warped(by: Displacement(
                extent: extent, x: places.map { Float((7 * $0.row + 3 * $0.column) % 11 - 5) * 0.25 },
                y: places.map { Float((5 * $0.row + 2 * $0.column) % 7 - 3) * 0.25 }))
        }
    }

    /// Where a sum of floats is nearly whole, cutting it off can differ by one level.
    @Test func lightEqualsTorchvisionWithinRounding() {
        for (name, factor) in [("0", 0.0), ("0.6", 0.6), ("1.7", 1.7)] {
            golden.expect("brightness \(name)", count: 3) { $0.brightened(by: factor) }
            golden.expect("contrast \(name)", count: 3, within: 1) { $0.contrasted(by: factor) }
            golden.expect("saturation \(name)", count: 3, within: 1) { $0.saturated(by: factor) }
            golden.expect("sharpness \(name)", count: 3, within: 1) { $0.sharpened(by: factor) }
        }
        for (name, turn) in [("-0.5", -0.5), ("-0.1", -0.1), ("0", 0), ("0.27", 0.27)] {
            golden.expect("hue \(name)", count: 3, within: 1) { $0.hueTurned(by: turn) }
        }
        golden.expect("grey", count: 1) { $0.greyscaled() }
        golden.expect("blur 5", count: 2, within: 1) { $0.blurred(size: 5, sigma: 1.3) }
        golden.expect("blur 9", count: 2, within: 1) { $0.blurred(size: 9, sigma: 2) }
    }

    @Test func tonesEqualTorchvision() {
        golden.expect("posterize 3", count: 3) { $0.posterized(bits: 3) }
        golden.expect("solarize 100", count: 3) { $0.solarized(from: 100) }
        golden.expect("autocontrast", count: 3, within: 1) { $0.contrastStretched() }
        golden.expect("equalize", count: 4) { $0.equalized() }
        golden.expect("erase", count: 1) { $0.erased(Box(top: 2, left: 3, rows: 4, columns: 5)) { _ in 7 } }
    }

    @Test(arguments: [("rand", PolicySpace.randAugment, 9), ("trivial", .trivialAugmentWide, 21)])
    func policiesHaveTorchvisionsOperationsAndMagnitudes(name: String, space: PolicySpace, step: Int) {
        let names: [(PolicyOperation, String)] = [
            (.identity, "Identity"), (.shearX, "ShearX"), (.shearY, "ShearY"), (.translateX, "TranslateX"), (.translateY, "TranslateY"),
            (.rotate, "Rotate"), (.brightness, "Brightness"), (.color, "Color"), (.contrast, "Contrast"), (.sharpness, "Sharpness"),
            (.posterize, "Posterize"), (.solarize, "Solarize"), (.autoContrast, "AutoContrast"), (.equalize, "Equalize"),
        ]
        #expect(names.map(\.0) == PolicyOperation.allCases)
        for (operation, title) in names {
            for sign in operation.isSigned ? [1, -1] : [1] {
                golden.expect("\(name) \(title) \(sign)", count: 1, within: 1) { picture in
                    let magnitude = space.magnitude(of: operation, step: step, for: picture.shape)
                    return operation.apply(to: picture, magnitude: Double(sign) * magnitude, sampling: .nearest)
                }
            }
        }
    }
}
