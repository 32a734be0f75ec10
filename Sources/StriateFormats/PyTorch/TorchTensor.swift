import StriateGraph

/// Elements in a row that tensors show parts of.
struct TorchStorage: Hashable {
    let type: ElementType
    /// The name of the entry that holds them.
    let key: String
    /// Of elements.
    let count: Int
}

/// A tensor as a checkpoint claims it: a view of a storage. Nothing is checked before ``shape(file:name:)``.
struct TorchTensor {
    let storage: TorchStorage
    /// The first element's place in the storage.
    let offset: Int
    let size: [Int]
    /// How far apart neighbours along each axis lie, in elements.
    let strides: [Int]

    /// Its shape, if the numbers make sense and all elements lie within the storage.
    func shape(file: String, name: String) throws(FormatError) -> Shape {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: name, reason) }
        guard size.count == strides.count else { throw refused("has \(size.count) extents but \(strides.count) strides") }
        guard size.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }), offset >= 0 else {
            throw refused("has negative numbers for its extents, strides or offset")
        }
        guard let count = Shape.checkedCount(size) else { throw refused("a shape of \(size) is too large") }
        if count > 0 {
            var last = offset, isInside = true
            for (extent, stride) in zip(size, strides) {
                let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
                let (sum, carry) = last.addingReportingOverflow(reach)
                isInside = isInside && !overflow && !carry
                last = sum
            }
            guard isInside, last < storage.count else { throw refused("reaches past the \(storage.count) elements of its storage") }
        }
        return Shape(size)
    }

    /// Whether its elements lie in the storage as they do in a ``Tensor``.
    var isContiguous: Bool {
        // Without elements nothing lies anywhere, and the other extents may be any numbers.
        guard !size.contains(0) else { return true }
        var expected = 1
        for (extent, stride) in zip(size, strides).reversed() where extent != 1 {
            guard stride == expected else { return false }
            expected *= extent
        }
        return true
    }

    /// Its elements in row-major order.
    ///
    /// - Precondition: ``shape(file:name:)`` was found, `elements` are those of the storage, and there are `count` in the tensor.
    func gathered(from elements: [Float], count: Int) -> [Float] {
        // An axis with one place adds nothing, and its stride may be any number.
        let axes = zip(size, strides).filter { $0.0 != 1 }
        var index = [Int](repeating: 0, count: axes.count)
        var position = offset
        var values = [Float]()
        values.reserveCapacity(count)
        for _ in 0..<count {
            values.append(elements[position])
            var axis = axes.count - 1
            while axis >= 0 {
                index[axis] += 1
                position += axes[axis].1
                if index[axis] < axes[axis].0 { break }
                position -= axes[axis].1 * axes[axis].0
                index[axis] = 0
                axis -= 1
            }
        }
        return values
    }
}
