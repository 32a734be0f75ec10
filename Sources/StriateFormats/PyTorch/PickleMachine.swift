/// Reads a pickle of protocol 2 to 5 with a machine that knows data only: dictionaries, tuples, lists, numbers, texts and tensors.
///
/// A pickle is a program for a stack machine that can name any function of Python and call it. This one calls nothing: names that
/// are not in ``PickleGlobal`` end the reading. Its memory is bounded by the pickle's length and by ``mostSteps``.
struct PickleMachine {
    /// What was read: a value and all that it holds.
    struct Result {
        let value: PickleValue
        let objects: PickleObjects
    }

    /// More instructions than the checkpoint of any network has: one of a thousand layers has some 100,000.
    static let mostSteps = 2_000_000

    private var cursor: ByteCursor
    private var stack: [PickleValue] = []
    /// How high the stack was at each mark.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var objects = PickleObjects()

    /// Reads one pickle and leaves the cursor behind it.
    static func run(_ cursor: inout ByteCursor) throws(FormatError) -> Result {
        var machine = PickleMachine(cursor: cursor)
        let value = try machine.run()
        cursor = machine.cursor
        return Result(value: value, objects: machine.objects)
    }

    private init(cursor: ByteCursor) { self.cursor = cursor }

    private mutating func run() throws(FormatError) -> PickleValue {
        guard try cursor.byte() == 0x80 else { throw cursor.failure("it does not begin like a pickle of protocol 2 to 5") }
        let version = try cursor.byte()
        guard (2...5).contains(version) else { throw cursor.failure("protocol \(version); known are 2 to 5") }
        for _ in 0..<Self.mostSteps {
            let code = try cursor.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            if try readValue(code) { continue }
            if try handleStack(code) { continue }
            if try collect(code) { continue }
            guard try make(code) else { throw cursor.failure("the instruction \(code), which no saved state_dict needs") }
        }
        throw cursor.failure("more than \(Self.mostSteps) instructions")
    }

    // MARK: - Numbers and texts

    /// Instructions that push a value which stands in the pickle.
    private mutating func readValue(_ code: UInt8) throws(FormatError) -> Bool {
        switch code {
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.boolean(true))
        case 0x89: stack.append(.boolean(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try cursor.number(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try cursor.byte())))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try cursor.number(UInt16.self))))
        case 0x8A: stack.append(try integer(bytes: cursor.byte()))
        case 0x8B: stack.append(try integer(bytes: cursor.number(UInt32.self)))
        case UInt8(ascii: "G"): stack.append(.real(Double(bitPattern: try cursor.number(UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): stack.append(.text(try cursor.text(cursor.number(UInt32.self))))
        case 0x8C: stack.append(.text(try cursor.text(cursor.byte())))
        case 0x8D: stack.append(.text(try cursor.text(cursor.number(UInt64.self))))
        // Python 2 wrote texts as bytes.
        case UInt8(ascii: "T"): stack.append(.text(try cursor.text(cursor.number(UInt32.self))))
        case UInt8(ascii: "U"): stack.append(.text(try cursor.text(cursor.byte())))
        case UInt8(ascii: "B"): try skip(cursor.number(UInt32.self))
        case UInt8(ascii: "C"): try skip(cursor.byte())
        case 0x8E, 0x96: try skip(cursor.number(UInt64.self))
        // Frames only help to read ahead.
        case 0x95: _ = try cursor.number(UInt64.self)
        default: return false
        }
        return true
    }

    /// A number in two's complement; those beyond 64 bits are no part of a tensor.
    private mutating func integer(bytes count: some BinaryInteger) throws(FormatError) -> PickleValue {
        let bytes = try cursor.bytes(count)
        guard bytes.count <= 8 else { return .other }
        let negative = bytes.last.map { $0 >= 0x80 } ?? false
        return .integer(Int(truncatingIfNeeded: bytes.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int64($1) }))
    }

    private mutating func skip(_ count: some BinaryInteger) throws(FormatError) {
        try cursor.skip(count)
        stack.append(.other)
    }

    // MARK: - Stack and memo

    private mutating func handleStack(_ code: UInt8) throws(FormatError) -> Bool {
        switch code {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: "q"): memo[Int(try cursor.byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try cursor.number(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): stack.append(try remembered(cursor.byte()))
        case UInt8(ascii: "j"): stack.append(try remembered(cursor.number(UInt32.self)))
        default: return false
        }
        return true
    }

    private func remembered(_ index: some BinaryInteger) throws(FormatError) -> PickleValue {
        guard let value = memo[Int(index)] else { throw cursor.failure("it asks for value \(index), which it never kept") }
        return value
    }

    private func top() throws(FormatError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else { throw cursor.failure("it takes a value where none is") }
        return value
    }

    private mutating func pop() throws(FormatError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popToMark() throws(FormatError) -> ArraySlice<PickleValue> {
        guard let mark = marks.popLast() else { throw cursor.failure("it goes back to a mark that it never set") }
        defer { stack.removeLast(stack.count - mark) }
        return stack[mark...]
    }

    // MARK: - Tuples, lists, dictionaries

    private mutating func collect(_ code: UInt8) throws(FormatError) -> Bool {
        switch code {
        case UInt8(ascii: ")"): pushTuple([])
        case UInt8(ascii: "t"): pushTuple(Array(try popToMark()))
        case 0x85...0x87:
            var items = [PickleValue]()
            for _ in 0...code - 0x85 { items.append(try pop()) }
            pushTuple(items.reversed())
        case UInt8(ascii: "]"): pushList([])
        case UInt8(ascii: "l"): pushList(Array(try popToMark()))
        case UInt8(ascii: "a"): try append([try pop()])
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "}"): try pushDictionary([])
        case UInt8(ascii: "d"): try pushDictionary(popToMark())
        case UInt8(ascii: "s"):
            let value = try pop(), key = try pop()
            try set([key, value])
        case UInt8(ascii: "u"): try set(popToMark())
        case 0x8F: stack.append(.other)
        case 0x90:
            _ = try popToMark()
            _ = try top()
        case 0x91:
            _ = try popToMark()
            stack.append(.other)
        default: return false
        }
        return true
    }

    private mutating func pushTuple(_ items: [PickleValue]) {
        stack.append(.tuple(objects.tuples.count))
        objects.tuples.append(items)
    }

    private mutating func pushList(_ items: [PickleValue]) {
        stack.append(.list(objects.lists.count))
        objects.lists.append(items)
    }

    private mutating func pushDictionary(_ items: ArraySlice<PickleValue>) throws(FormatError) {
        stack.append(.dictionary(objects.dictionaries.count))
        objects.dictionaries.append(PickleDictionary())
        try set(items)
    }

    /// Appends to the list on top of the stack.
    private mutating func append(_ items: ArraySlice<PickleValue>) throws(FormatError) {
        switch try top() {
        case .list(let list): objects.lists[list] += items
        case .other: break
        case let value: throw cursor.failure("it appends to \(value.kind)")
        }
    }

    /// Sets keys and values, which follow one another, in the dictionary on top of the stack.
    private mutating func set(_ items: ArraySlice<PickleValue>) throws(FormatError) {
        guard items.count.isMultiple(of: 2) else { throw cursor.failure("a key without a value") }
        switch try top() {
        case .dictionary(let dictionary):
            for index in stride(from: items.startIndex, to: items.endIndex, by: 2) {
                objects.dictionaries[dictionary].set(items[index], items[index + 1])
            }
        case .other: break
        case let value: throw cursor.failure("it sets an entry of \(value.kind)")
        }
    }

    // MARK: - What stands for Python's classes and functions

    private mutating func make(_ code: UInt8) throws(FormatError) -> Bool {
        switch code {
        case UInt8(ascii: "c"):
            let module = try cursor.line(limit: 1000), name = try cursor.line(limit: 1000)
            stack.append(.global(try global(module, name)))
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw cursor.failure("a class or function without a name")
            }
            stack.append(.global(try global(module, name)))
        case UInt8(ascii: "R"), 0x81:
            let arguments = try tuple(try pop(), "arguments")
            try pushResult(of: try pop(), arguments)
        case 0x92:
            // Named arguments make nothing that matters here.
            _ = try pop()
            let arguments = try tuple(try pop(), "arguments")
            try pushResult(of: try pop(), arguments)
        case UInt8(ascii: "b"):
            // The state of a dictionary or of what is left aside: notes such as `_metadata`.
            _ = try pop()
            switch try top() {
            case .dictionary, .other: break
            case let value: throw cursor.failure("it changes the state of \(value.kind)")
            }
        case UInt8(ascii: "Q"):
            let storage = try storage(named: try tuple(try pop(), "a storage's name"))
            objects.storages.append(storage)
            stack.append(.storage(storage))
        default: return false
        }
        return true
    }

    private func global(_ module: String, _ name: String) throws(FormatError) -> PickleGlobal {
        if let global = PickleGlobal(module: module, name: name) { return global }
        let full = "\(module).\(name)".abbreviated
        throw FormatError(
            file: cursor.file, "the pickle asks for \(full), which is not a tensor, dict, number or string; save model.state_dict() alone")
    }

    private func tuple(_ value: PickleValue, _ what: String) throws(FormatError) -> [PickleValue] {
        guard case .tuple(let index) = value else { throw cursor.failure("\(value.kind) stands where \(what) should") }
        return objects.tuples[index]
    }

    /// What Python would get from a call.
    private mutating func pushResult(of callee: PickleValue, _ arguments: [PickleValue]) throws(FormatError) {
        guard case .global(let global) = callee else { throw cursor.failure("it calls \(callee.kind)") }
        switch global {
        case .orderedDictionary: try pushDictionary(pairs(arguments)[...])
        case .rebuildTensor:
            let tensor = try tensor(arguments)
            stack.append(.tensor(objects.tensors.count))
            objects.tensors.append(tensor)
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw cursor.failure("a parameter without its tensor") }
            stack.append(arguments[0])
        case .size:
            guard arguments.count == 1, case .tuple = arguments[0] else { throw cursor.failure("a size without its extents") }
            stack.append(arguments[0])
        case .storage: throw cursor.failure("a storage that holds its own elements")
        case .aside: stack.append(.other)
        }
    }

    /// The keys and values that a dictionary is made with: none, or (as Python 2 wrote it) a list of pairs.
    private mutating func pairs(_ arguments: [PickleValue]) throws(FormatError) -> [PickleValue] {
        guard let first = arguments.first else { return [] }
        guard arguments.count == 1, case .list(let list) = first else { throw cursor.failure("a dictionary made of \(first.kind)") }
        // Taken, not copied: many dictionaries made of one long list would fill the memory.
        var source = [PickleValue](), items = [PickleValue]()
        swap(&source, &objects.lists[list])
        for pair in source {
            switch pair {
            case .list(let pair) where objects.lists[pair].count == 2: items += objects.lists[pair]
            case .tuple(let pair) where objects.tuples[pair].count == 2: items += objects.tuples[pair]
            default: throw cursor.failure("a dictionary made of something else than pairs")
            }
        }
        return items
    }

    /// Reads `("storage", torch.FloatStorage, "0", "cpu", 24)`: the entry `data/0` with 24 elements.
    private func storage(named id: [PickleValue]) throws(FormatError) -> TorchStorage {
        guard id.count >= 5, case .text("storage") = id[0], case .global(.storage(let type)) = id[1], case .text(let key) = id[2],
            case .integer(let count) = id[4], count >= 0
        else { throw cursor.failure("something outside of the pickle that is no storage") }
        if id.count > 5 {
            guard case .none = id[5] else { throw cursor.failure("a view of a storage, as only very old PyTorch wrote it; save it anew") }
        }
        return TorchStorage(type: type, key: key, count: count)
    }

    private func tensor(_ arguments: [PickleValue]) throws(FormatError) -> TorchTensor {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
            throw cursor.failure("a tensor without a storage and an offset")
        }
        return TorchTensor(
            storage: storage, offset: offset, size: try integers(arguments[2]), strides: try integers(arguments[3]))
    }

    private func integers(_ value: PickleValue) throws(FormatError) -> [Int] {
        let items = try tuple(value, "a tensor's extents")
        let limit = SafetensorsHeader.mostAxes
        guard items.count <= limit else { throw cursor.failure("a tensor of \(items.count) axes; the most are \(limit)") }
        var integers = [Int]()
        for item in items {
            guard case .integer(let integer) = item else { throw cursor.failure("\(item.kind) among a tensor's extents") }
            integers.append(integer)
        }
        return integers
    }
}
