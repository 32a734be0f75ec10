/// A value that a pickle makes. What holds other values is named by its place in ``PickleObjects``: a pickle may hold a thing in
/// itself, and nothing here can then recurse without end, leak, or be copied over and over.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    /// A class or function that the pickle names.
    case global(PickleGlobal)
    case storage(TorchStorage)
    case tensor(Int)
    /// Nothing that weights are made of: bytes, sets, long integers, devices.
    case other

    /// What errors call it.
    var kind: String {
        switch self {
        case .none: "None"
        case .boolean, .integer, .real: "a number"
        case .text: "a text"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "a class or function"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .other: "another value"
        }
    }
}

/// What the values of a pickle hold.
struct PickleObjects {
    var tuples: [[PickleValue]] = []
    var lists: [[PickleValue]] = []
    var dictionaries: [PickleDictionary] = []
    var tensors: [TorchTensor] = []
    /// Those that it names, with repetitions.
    var storages: [TorchStorage] = []
}

struct PickleDictionary {
    /// As they were set.
    private var items: [(key: PickleValue, value: PickleValue)] = []

    mutating func set(_ key: PickleValue, _ value: PickleValue) { items.append((key, value)) }

    /// The values under texts, in the order in which the texts first came; the last value of each.
    var byText: [(key: String, value: PickleValue)] {
        var places = [String: Int](), found = [(key: String, value: PickleValue)]()
        for (key, value) in items {
            guard case .text(let key) = key else { continue }
            if let place = places[key] {
                found[place].value = value
            } else {
                places[key] = found.count
                found.append((key, value))
            }
        }
        return found
    }
}
