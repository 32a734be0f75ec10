/// The classes and functions that a pickle may name. Each stands for something that this program does itself; no other is known,
/// and nothing of a pickle is ever called.
enum PickleGlobal {
    /// `collections.OrderedDict`
    case orderedDictionary
    /// `torch._utils._rebuild_tensor_v2` and its older form: storage, offset, size, stride, and what does not matter here.
    case rebuildTensor
    /// `torch._utils._rebuild_parameter`: a tensor, and what does not matter here.
    case rebuildParameter
    /// `torch.Size`
    case size
    /// `torch.FloatStorage` and so on.
    case storage(ElementType)
    /// What stands beside weights in checkpoints: its value is left aside.
    case aside

    /// Nil for what a pickle has no business to name.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameter
        case ("torch", "Size"): self = .size
        case ("torch", _), ("torch.cuda", _):
            if let type = Self.storages[name] {
                self = .storage(type)
            } else if module == "torch", Self.torchValues.contains(name) {
                self = .aside
            } else {
                return nil
            }
        default:
            guard Self.plainValues.contains("\(module).\(name)") else { return nil }
            self = .aside
        }
    }

    private static let storages: [String: ElementType] = [
        "FloatStorage": .f32, "DoubleStorage": .f64, "HalfStorage": .f16, "BFloat16Storage": .bf16, "LongStorage": .i64,
        "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8, "BoolStorage": .bool,
    ]

    private static let torchValues: Set = [
        "device", "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    ]

    /// Sets, counters, command-line arguments, bytes and NumPy's numbers: a training script's own notes.
    private static let plainValues: Set = [
        "argparse.Namespace", "collections.Counter", "collections.defaultdict", "builtins.set", "builtins.complex", "builtins.bytearray",
        "builtins.dict", "builtins.int", "builtins.list", "__builtin__.set", "_codecs.encode", "numpy.dtype",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
    ]
}
