import StriateGraph
import Testing

@Suite struct ShapeTests {
    @Test func aShapeSaysHowManyElementsItHas() {
        let picture: Shape = [6, 28, 28]
        #expect(picture.count == 4704)
        #expect(picture.rank == 3)
        #expect(picture[1] == 28)
        #expect(Shape.scalar.count == 1)
        #expect(Shape.scalar.rank == 0)
        #expect(Shape([3, 0, 2]).count == 0)
    }

    @Test func aShapeReadsAsInThePapers() {
        #expect("\(Shape([6, 28, 28]))" == "6×28×28")
        #expect("\(Shape([84]))" == "84")
        #expect("\(Shape.scalar)" == "scalar")
    }

    @Test(arguments: [("3x32x32", [3, 32, 32]), ("1×28×28", [1, 28, 28]), ("7", [7]), ("2X3", [2, 3])])
    func aShapeIsReadFromText(text: String, extents: [Int]) {
        #expect(Shape(parsing: text) == Shape(extents))
    }

    @Test(arguments: [
        "", "x", "3x", "x3", "3xx3", "3x-1x3", "0x3x3", "3 x 3", "3,3", "three", "3.0x3", "99999999999999999999", "65536x65536",
        "2147483648", "3x32x32x", "٣x٣",
    ])
    func textThatIsNoShapeIsRefused(text: String) {
        #expect(Shape(parsing: text) == nil)
    }

    @Test func theLargestShapeHoldsTwoToThe31MinusOne() {
        #expect(Shape(parsing: "2147483647")?.count == 2_147_483_647)
        #expect(Shape.checkedCount([1 << 16, (1 << 15) - 1]) == 2_147_418_112)
        #expect(Shape.checkedCount([1 << 16, 1 << 15]) == nil)
    }

    @Test func countsThatAFileClaimsCannotOverflow() {
        #expect(Shape.checkedCount([]) == 1)
        #expect(Shape.checkedCount([0, 5]) == 0)
        #expect(Shape.checkedCount([5, -1]) == nil)
        #expect(Shape.checkedCount([.max, .max]) == nil)
        #expect(Shape.checkedCount([.max, 2]) == nil)
        #expect(Shape.checkedCount([.min]) == nil)
    }
}

@Suite struct WindowTests {
    /// `floor((n + 2p − k) / s) + 1`, with the sizes of well-known layers.
    @Test(arguments: [
        (Window(kernel: 5), Extent(28), Extent(24)),
        (Window(kernel: 5, padding: 2), Extent(28), Extent(28)),
        (Window(kernel: 11, stride: 4, padding: 2), Extent(224), Extent(55)),
        (Window(kernel: 3, stride: 2), Extent(55), Extent(27)),
        (Window(kernel: 7, stride: 2, padding: 3), Extent(224), Extent(112)),
        (Window(kernel: 2, stride: 2), Extent(5, 4), Extent(2, 2)),
        (Window(kernel: Extent(2, 3), stride: Extent(1, 2), padding: Padding(0, 1)), Extent(4, 7), Extent(3, 4)),
        (Window(kernel: 3, dilation: 2), Extent(5), Extent(1)),
        (Window(kernel: 1, stride: 3), Extent(1), Extent(1)),
    ])
    func outputSizesFollowTheFormula(window: Window, input: Extent, output: Extent) throws {
        #expect(try window.outputSize(for: input) == output)
    }

    @Test func aKernelLargerThanThePaddedPictureIsRefused() {
        let error = #expect(throws: ShapeError.self) { try Window(kernel: 5, padding: 1).outputSize(for: Extent(2, 9)) }
        #expect(error?.message == "a kernel of 5×5 does not fit into a picture of 2×9 (padded by 1×1)")
        #expect(throws: ShapeError.self) { try Window(kernel: 3, dilation: 2).outputSize(for: 4) }
    }

    @Test(arguments: [
        Window(kernel: 0), Window(kernel: Extent(3, -1)), Window(kernel: 3, stride: 0), Window(kernel: 3, padding: -1),
        Window(kernel: 3, dilation: 0),
    ])
    func numbersThatMakeNoWindowAreRefused(window: Window) {
        #expect(throws: ShapeError.self) { try window.outputSize(for: 9) }
    }

    @Test func aWindowNamesOnlyWhatIsUnusual() {
        #expect("\(Window(kernel: 5))" == "5×5")
        #expect("\(Window(kernel: Extent(2, 3), stride: 2, padding: 1, dilation: 3))" == "2×3 stride 2×2 padding 1×1 dilation 3×3")
    }
}
