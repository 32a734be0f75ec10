/// Finds the weights among what a checkpoint holds.
struct TorchCheckpoint {
    let pickle: PickleMachine.Result
    let file: String

    /// What training scripts call the entry with the weights, the likeliest first.
    private static let wrappers = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "net_state_dict", "params", "weights", "module",
        "state_dict_ema", "model_ema",
    ]
    /// How many wrappers may stand in one another.
    private static let mostWrappers = 3

    /// The tensors of the state dictionary, in its order. What stands beside it, such as the epoch, is left aside.
    func tensors() throws(FormatError) -> [(name: String, tensor: TorchTensor)] {
        var entries = try root()
        for _ in 0..<Self.mostWrappers {
            guard let inner = wrapped(in: entries) else { break }
            entries = inner
        }
        let tensors = entries.compactMap { name, value -> (name: String, tensor: TorchTensor)? in
            if case .tensor(let index) = value { (name, pickle.objects.tensors[index]) } else { nil }
        }
        guard !tensors.isEmpty else {
            let names = entries.map(\.key).prefix(5).map(\.abbreviated).joined(separator: ", ")
            let found = names.isEmpty ? "an empty dictionary" : "a dictionary of \(names)"
            throw FormatError(file: file, "holds \(found) and no named tensors in it; save model.state_dict()")
        }
        return tensors
    }

    private func root() throws(FormatError) -> [(key: String, value: PickleValue)] {
        if case .dictionary(let index) = pickle.value { return pickle.objects.dictionaries[index].byText }
        throw FormatError(file: file, "holds \(pickle.value.kind), not a dictionary of named tensors; save model.state_dict()")
    }

    /// The dictionary below the likeliest entry that is one: with tensors, or else with what may wrap them in turn.
    private func wrapped(in entries: [(key: String, value: PickleValue)]) -> [(key: String, value: PickleValue)]? {
        let inner = Self.wrappers.compactMap { name -> [(key: String, value: PickleValue)]? in
            guard case .dictionary(let index)? = entries.first(where: { $0.key == name })?.value else { return nil }
            return pickle.objects.dictionaries[index].byText
        }
        let holdsTensors = inner.first { $0.contains { if case .tensor = $0.value { true } else { false } } }
        return holdsTensors ?? inner.first
    }
}
