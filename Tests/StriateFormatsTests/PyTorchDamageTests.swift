import Foundation
import StriateFormats
import StriateGraph
import Testing

/// Each way in which a checkpoint can lie ends in one line that says what is wrong.
@Suite struct PyTorchDamageTests {
    private func refusal(_ bytes: [UInt8]) -> String {
        do throws(FormatError) { _ = try WeightsFile.read(bytes: bytes, name: "f") } catch { return error.description }
        return "read"
    }

    @Test func theFilesOfTheseTestsAreSound() {
        #expect(refusal(zip(stateDict(tensor()))) == "read")
        #expect(refusal(zip(stateDict(tensor(size: [0, 4], strides: [4, 1])))) == "read")
    }

    private static let lies: [(size: [Int], strides: [Int], offset: Int, reason: String)] = [
        ([1 << 40], [0], 0, "too large"), ([1 << 20, 1 << 20], [0, 0], 0, "too large"), ([1 << 30], [0], 0, "can hold"),
        ([-1], [1], 0, "negative"), ([2], [-1], 1, "negative"), ([2], [1], -1, "negative"), ([7], [1], 0, "reaches past"),
        ([2, 2], [6, 1], 0, "reaches past"), ([2], [1], 5, "reaches past"), ([2], [1 << 62], 0, "reaches past"),
        ([3, 3], [1 << 62, 1 << 62], 0, "reaches past"), ([1], [1], 1 << 62, "reaches past"), ([2, 3], [1], 0, "2 extents but 1 strides"),
        ([Int](repeating: 1, count: 33), [Int](repeating: 1, count: 33), 0, "33 axes"),
    ]

    @Test(arguments: lies)
    func tensorsMustLieInTheirStorage(size: [Int], strides: [Int], offset: Int, reason: String) {
        let message = refusal(zip(stateDict(tensor(size: size, strides: strides, offset: offset))))
        #expect(message.contains(reason) && !message.contains("\n"), "\(message)")
    }

    @Test func hugeExtentsBesideZeroAreNoTrap() {
        #expect(refusal(zip(stateDict(tensor(size: [0, 1 << 62, 1 << 62], strides: [1, 1 << 62, 1])))) == "read")
        #expect(refusal(zip(stateDict(tensor(size: [1, 6], strides: [1 << 62, 1])))) == "read")
    }

    @Test(arguments: [(1 << 40, "claims"), (Int.max, "claims"), (5, "claims"), (-6, "no storage")])
    func storagesMustHaveTheirBytes(count: Int, reason: String) {
        #expect(refusal(zip(stateDict(tensor(count: count)))).contains(reason))
    }

    @Test func aMissingStorageIsNamed() {
        #expect(refusal(zip(stateDict(tensor()), storage: "1")).contains("its storage 0 is not in the file"))
    }

    /// `}q\0h\0…`: a dictionary within itself, also under the names that wrap weights.
    @Test func whatHoldsItselfEnds() {
        let itself = Array("}q".utf8) + [0] + text("state_dict") + Array("h".utf8) + [0] + Array("s.".utf8)
        #expect(refusal(zip(itself)).contains("no named tensors"))
        let list = Array("]q".utf8) + [0] + Array("h".utf8) + [0] + Array("a.".utf8)
        #expect(refusal(zip(list)).contains("holds a list"))
    }

    @Test func deepNestingIsNoTrap() {
        let depth = 500_000
        #expect(refusal(zip(Array(")".utf8) + [UInt8](repeating: 0x85, count: depth) + Array(".".utf8))).contains("holds a tuple"))
        #expect(refusal(zip([UInt8](repeating: UInt8(ascii: "("), count: depth))).contains("truncated"))
        #expect(refusal(zip([UInt8](repeating: UInt8(ascii: "N"), count: 3_000_000))).contains("instructions"))
    }

    @Test(arguments: ["R", "b", "s", "a", "u", "e", "t", "0", "1", "2", "h\u{7}", "q\u{0}", "Q", "NNR", "N)R", ")NQ", "NNs", "(NNa", "i", "P", "S'x'\n"])
    func instructionsWithoutTheirValuesAreRefused(code: String) {
        let message = refusal(zip(Array(code.utf8) + Array(".".utf8)))
        #expect(message.hasPrefix("f: in the pickle: ") && !message.contains("\n"), "\(message)")
    }

    @Test(arguments: ["posix\nsystem", "builtins\neval", "torch\nload", "os.path\njoin", "__main__\nNet", "torch._utils\n_rebuild_wrapper_subclass"])
    func otherNamesAreRefused(name: String) {
        let message = refusal(zip(Array("c\(name)\n(t.".utf8)))
        #expect(message.contains("asks for \(name.replacing("\n", with: ".")), which is not"), "\(message)")
    }

    @Test func manyDictionariesOfOneListTakeNoMoreThanTheList() {
        // [k, v] pairs once, then OrderedDict(list) over and over: each takes what is left of the list.
        var code = Array("]q".utf8) + [0] + Array("(".utf8)
        for _ in 0..<10_000 { code += Array("NN".utf8) + [0x86] }
        code += Array("e".utf8)
        for _ in 0..<100_000 { code += Array("ccollections\nOrderedDict\nh".utf8) + [0, 0x85] + Array("R0".utf8) }
        let memory = peakMemory()
        #expect(refusal(zip(code + Array(".".utf8))).contains("holds a list"))
        #expect(peakMemory() - memory < 256 << 20)
    }

    // MARK: - Files made by hand

    private func number(_ value: Int) -> [UInt8] { [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    private func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
    private func tuple(_ items: [[UInt8]]) -> [UInt8] { Array("(".utf8) + items.joined() + Array("t".utf8) }

    /// The call that makes a tensor of the storage `0`.
    private func tensor(size: [Int] = [6], strides: [Int] = [1], offset: Int = 0, count: Int = 6) -> [UInt8] {
        let type = Array("ctorch\nFloatStorage\n".utf8)
        let storage: [UInt8] = tuple([text("storage"), type, text("0"), text("cpu"), number(count)]) + [UInt8(ascii: "Q")]
        let arguments: [UInt8] = tuple([storage, number(offset), tuple(size.map(number)), tuple(strides.map(number))])
        return Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + arguments + Array("R".utf8)
    }

    private func stateDict(_ tensor: [UInt8]) -> [UInt8] { Array("}".utf8) + text("x") + tensor + Array("s.".utf8) }

    /// A zip file of this pickle and a storage of 24 bytes.
    private func zip(_ pickle: [UInt8], storage: String = "0") -> [UInt8] {
        var file = [UInt8](), directory = [UInt8]()
        func little(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        for (name, data) in [("a/data.pkl", [0x80, 2] + pickle), ("a/data/\(storage)", [UInt8](repeating: 0, count: 24))] {
            let name = Array(name.utf8)
            // Flags, method, time, date, checksum; two sizes; lengths of the name and of what follows it.
            let middle: [UInt8] = [little(0, 12), little(data.count, 4), little(data.count, 4), little(name.count, 2), little(0, 2)].flatMap(\.self)
            directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0]
            directory += middle
            directory += little(0, 10)
            directory += little(file.count, 4)
            directory += name
            file += [0x50, 0x4B, 3, 4, 20, 0]
            file += middle
            file += name
            file += data
        }
        let end: [[UInt8]] = [[0x50, 0x4B, 5, 6, 0, 0, 0, 0], little(2, 2), little(2, 2), little(directory.count, 4), little(file.count, 4), [0, 0]]
        return file + directory + end.flatMap(\.self)
    }
}
