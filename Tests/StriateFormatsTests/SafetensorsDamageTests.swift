import Foundation
import StriateFormats
import Testing

/// Each way in which a header can lie ends in one line that says what is wrong.
@Suite struct SafetensorsDamageTests {
    private func tensor(_ name: String = "x", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]") -> String {
        #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    @Test func soundHeadersPass() {
        #expect(refusal(of: file("{\(tensor())}", data: 8)) == nil)
        #expect(refusal(of: file(" {}".trimmingCharacters(in: .whitespaces) + "   ")) == nil)
    }

    @Test(arguments: [
        ("[0,12]", 12, "takes 8 bytes"), ("[0,4]", 4, "takes 8 bytes"), ("[8,0]", 8, "a beginning and an end"),
        ("[0]", 8, "a beginning and an end"), ("[0,8,8]", 8, "more than 2 numbers"), ("[0,8]", 4, "truncated"),
        ("[0,8]", 9, "belong to no tensor"), ("[4,12]", 12, "leaves a hole"), ("[-1,7]", 8, "whole number"),
        ("[0,8.0]", 8, "is missing"), ("[0,99999999999999999999]", 8, "past"), ("[0,9223372036854775807]", 8, "truncated"),
    ])
    func offsetsMustFit(offsets: String, data: Int, reason: String) throws {
        let message = try #require(refusal(of: file("{\(tensor(offsets: offsets))}", data: data)))
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: [
        ("[1099511627776]", "too large"), ("[4294967296,4294967296]", "too large"), ("[65536,65536,0]", "too large"), ("[3]", "takes 12"),
        ("[\(Array(repeating: "1", count: 33).joined(separator: ","))]", "more than 32"), ("[01]", "begins with 0"), ("2", "[ is missing"),
        ("[2e0]", "is missing"),
    ])
    func shapesMustFit(shape: String, reason: String) throws {
        let message = try #require(refusal(of: file("{\(tensor(shape: shape))}", data: 8)))
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: ["F8_E4M3", "C64", "f32", "", "F32\\n"])
    func unknownElementTypesAreNamed(type: String) throws {
        let message = try #require(refusal(of: file("{\(tensor(dtype: type))}", data: 8)))
        #expect(message.hasPrefix("f: tensor x: elements of type") && message.contains("known are F32"), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func tensorsMayNotOverlap() throws {
        let header = "{\(tensor("a", offsets: "[0,8]")),\(tensor("b", offsets: "[4,12]"))}"
        #expect(try #require(refusal(of: file(header, data: 12))).contains("tensor b: overlaps"))
    }

    @Test(arguments: [
        #"{"x":{"dtype":"F32","shape":[2]}}"#, #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#,
        #"{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, #"{"x":[]}"#, #"{"x":null}"#, #"{"x""#, "[]", "", "{",
        #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":"1","a":"2"}}"#, #"{"__metadata__":{},"__metadata__":{}}"#,
        #"{"__metadata__":{"a":"\ud800"}}"#, #"{"__metadata__":{"a":"\x"}}"#, "{} {}", "{}\u{0}", #"{,}"#, #"{"a":{},}"#,
    ])
    func headersMustBeWhatTheFormatSays(header: String) throws {
        let message = try #require(refusal(of: file(header, data: 8)))
        #expect(message.hasPrefix("f: ") && !message.contains("\n"), "\(message)")
    }

    @Test func aTensorMayNotStandTwice() throws {
        let header = "{\(tensor()),\(tensor())}"
        #expect(try #require(refusal(of: file(header, data: 8))).contains("tensor x stands twice"))
    }

    @Test func textMustBeUTF8() throws {
        var bytes = file(#"{"__metadata__":{"a":"?"}}"#)
        bytes[try #require(bytes.firstIndex(of: UInt8(ascii: "?")))] = 0xFF
        #expect(try #require(refusal(of: bytes)).contains("UTF-8"))
    }

    @Test func headerLengthsAreHeldAgainstTheFile() throws {
        #expect(try #require(refusal(of: [1, 0, 0])).contains("too few"))
        #expect(try #require(refusal(of: [16, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))).contains("truncated"))
        #expect(try #require(refusal(of: [0, 0, 0, 0, 0, 1, 0, 0] + Array("{}".utf8))).contains("not a safetensors file"))
        #expect(try #require(refusal(of: [UInt8](repeating: 0xFF, count: 64))).contains("not a safetensors file"))
    }

    @Test func deepNestingIsRefusedWithoutRecursion() throws {
        for open in ["[", "{\"a\":"] {
            let message = try #require(refusal(of: file("{\"x\":" + String(repeating: open, count: 1_000_000))))
            #expect(!message.isEmpty)
        }
    }

    @Test func longNamesAreShortenedInMessages() throws {
        let message = try #require(refusal(of: file("{\(tensor(String(repeating: "n", count: 10_000), dtype: "X"))}", data: 8)))
        #expect(message.count < 300)
    }

    @Test func whatIsNoFileIsRefused() throws {
        try withFolder { folder in
            #expect(throws: FormatError(file: "\(folder)/none", "no such file or folder")) { try Safetensors(contentsOf: "\(folder)/none") }
            #expect(throws: FormatError(file: folder, "is a directory")) { try Safetensors(contentsOf: folder) }
            mkfifo("\(folder)/pipe", 0o600)
            #expect(throws: FormatError(file: "\(folder)/pipe", "is not a regular file")) { try Safetensors(contentsOf: "\(folder)/pipe") }
        }
    }
}
