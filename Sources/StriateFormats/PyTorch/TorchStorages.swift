import StriateGraph

/// Where a checkpoint's storages lie in its file.
struct TorchStorages {
    let source: any ByteSource
    /// The bytes in the file of each storage, by its key.
    let ranges: [String: Range<Int>]
    let order: ByteOrder

    /// Reads tensors, in their order.
    ///
    /// What they claim is checked before anything is read. All together have at most as many elements as the file has bytes: tensors
    /// that share or repeat elements cannot make much out of little.
    func weights(_ tensors: [(name: String, tensor: TorchTensor)]) throws(FormatError) -> Weights {
        var shapes = [Shape](), total = 0
        for (name, tensor) in tensors {
            try check(tensor.storage, of: name)
            let shape = try tensor.shape(file: source.name, name: name)
            shapes.append(shape)
            total += shape.count
            guard total <= source.size else {
                throw FormatError(
                    file: source.name, tensor: name,
                    "\(shape) is more than a file of \(source.size) bytes can hold; save expanded tensors with .contiguous()")
            }
        }

        // Storages one after the other: each is read at most once, however many tensors show parts of it.
        var values = [[Float]](repeating: [], count: tensors.count)
        for (storage, members) in Dictionary(grouping: tensors.indices, by: { tensors[$0].tensor.storage }) {
            guard let start = ranges[storage.key]?.lowerBound else { continue }
            if members.allSatisfy({ tensors[$0].tensor.isContiguous }) {
                for index in members where shapes[index].count > 0 {
                    let offset = start + tensors[index].tensor.offset * storage.type.size
                    values[index] = try source.floats(storage.type, count: shapes[index].count, at: offset, order)
                }
            } else {
                let elements = try source.floats(storage.type, count: storage.count, at: start, order)
                for index in members {
                    values[index] = tensors[index].tensor.gathered(from: elements, count: shapes[index].count)
                }
            }
        }

        var weights = Weights()
        for index in tensors.indices {
            weights[tensors[index].name] = Tensor(shapes[index], values[index])
            values[index] = []
        }
        return weights
    }

    private func check(_ storage: TorchStorage, of name: String) throws(FormatError) {
        guard let range = ranges[storage.key] else {
            throw FormatError(file: source.name, tensor: name, "its storage \(storage.key.abbreviated) is not in the file")
        }
        let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
        guard !overflow, size == range.count else {
            throw FormatError(
                file: source.name, tensor: name,
                "its storage \(storage.key.abbreviated) claims \(storage.count) elements but has \(range.count) bytes")
        }
    }
}
