import Foundation
import Striate
import StriateCommand
import Testing

@Suite struct OutputTests {
    @Test func numbersAreGroupedAndRounded() {
        #expect(Numbers.grouped(61_706) == "61,706")
        #expect(Numbers.grouped(-1_234_567) == "-1,234,567")
        #expect(Numbers.grouped(0) == "0")
        #expect(Numbers.grouped(Int.min) == "-9,223,372,036,854,775,808")
        #expect(Numbers.fixed(0.30451, 3) == "0.305")
        #expect(Numbers.fixed(-0.0001, 2) == "0.00")
        #expect(Numbers.fixed(-1.5, 1) == "-1.5")
        #expect(Numbers.fixed(2.005, 0) == "2")
        #expect(Numbers.fixed(.nan, 2) == "nan")
        #expect(Numbers.fixed(1e300, 2) == "1e+300")
        #expect(Numbers.percent(0.91234) == "91.23 %")
    }

    @Test func durationsBytesAndRatesHaveReadableUnits() {
        #expect(Numbers.duration(0.42) == "0.4 s")
        #expect(Numbers.duration(59.4) == "59 s")
        #expect(Numbers.duration(185) == "3 min 05 s")
        #expect(Numbers.duration(7620) == "2 h 07 min")
        #expect(Numbers.duration(.infinity) == "?")
        #expect(Numbers.duration(-1) == "?")
        #expect(Numbers.bytes(1023) == "1023 B")
        #expect(Numbers.bytes(246_824) == "241 KiB")
        #expect(Numbers.bytes(1 << 20) == "1.0 MiB")
        #expect(Numbers.rate(150_987) == "151,000")
        #expect(Numbers.rate(3.14159) == "3.14")
        #expect(Numbers.rate(.nan) == "?")
    }

    @Test func jsonIsReadBackAsItWasMeant() throws {
        let hostile = "quote \" back\\slash\nline\ttab\u{1}\u{1F}é 数 🙂"
        let document = JSON.object([
            ("text", .string(hostile)), (hostile, .null), ("numbers", .array([.integer(-3), .number(0.1), .number(1e-7), .number(.nan)])),
            ("yes", .boolean(true)), ("empty", .array([])), ("none", .object([])),
        ])
        #expect(!document.text.contains("\n"))
        let read = try #require(try JSONSerialization.jsonObject(with: Data(document.text.utf8)) as? [String: Any])
        #expect(read["text"] as? String == hostile)
        #expect(read[hostile] is NSNull)
        let numbers = try #require(read["numbers"] as? [Any])
        #expect(numbers[0] as? Int == -3 && numbers[1] as? Double == 0.1 && numbers[2] as? Double == 1e-7 && numbers[3] is NSNull)
        #expect(read["yes"] as? Bool == true)
        #expect((read["empty"] as? [Any])?.isEmpty == true)
    }

    @Test func membersKeepTheirOrder() {
        #expect(JSON.object([("b", 1), ("a", "x")]).text == #"{"b":1,"a":"x"}"#)
    }

    @Test func tablesAlignNamesLeftAndNumbersRight() {
        var table = Table([("layer", .left), ("parameters", .right)])
        table.add(["conv1", "156"])
        table.addRule()
        table.add(["total", "61,706"])
        #expect(table.text == """
            layer  parameters
            ─────────────────
            conv1         156
            ─────────────────
            total      61,706
            """)
    }
}
