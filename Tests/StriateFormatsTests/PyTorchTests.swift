import Foundation
import StriateFormats
import StriateGraph
import Testing

/// Files of the reference implementation: `Fixtures/make_pytorch.py`.
@Suite struct PyTorchTests {
    @Test(arguments: [
        "types", "ordered", "protocol4", "protocol5", "legacy", "parameters", "views", "legacy_views", "nested", "twice",
    ])
    func checkpointsHoldWhatPyTorchSaved(name: String) throws {
        let expected = try Safetensors(contentsOf: fixture("pytorch/expected.safetensors")).weights
        let read = try WeightsFile.read(fixture("pytorch/\(name).pth"))
        let wanted = expected.filter { $0.path.hasPrefix(name + "/") }
        #expect(read.count == wanted.count && !wanted.isEmpty)
        for (path, tensor) in wanted {
            let found = try #require(read[String(path.dropFirst(name.count + 1))], "\(path)")
            #expect(found.shape == tensor.shape, "\(path)")
            #expect(found.values.map(\.bitPattern) == tensor.values.map(\.bitPattern), "\(path)")
        }
    }

    @Test func tensorsComeInTheOrderOfTheStateDictionary() throws {
        let weights = try WeightsFile.read(fixture("pytorch/ordered.pth"))
        #expect(weights.paths == [
            "conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
            "fc.weight", "fc.bias",
        ])
    }

    @Test func numbersOfABigEndianMachineAreTurned() throws {
        #expect(try WeightsFile.read(fixture("pytorch/bigendian.pth")) == WeightsFile.read(fixture("pytorch/parameters.pth")))
    }

    @Test func memoryAndFileGiveTheSame() throws {
        for name in ["views", "legacy"] {
            let path = try fixture("pytorch/\(name).pth")
            #expect(try WeightsFile.read(bytes: bytes(path), name: path) == WeightsFile.read(path))
        }
    }

    @Test(arguments: [
        ("malicious", "posix.system, which is not a tensor"), ("module", "torch.nn.modules.linear.Linear"), ("module", "state_dict()"),
        ("script", "a TorchScript program"), ("list", "holds a list"), ("empty", "an empty dictionary"),
        ("complex", "torch.ComplexFloatStorage"), ("compressed", "archive/data.pkl is compressed"), ("other", "without data.pkl"),
    ])
    func whatIsNoCheckpointOfTensorsIsNamed(name: String, reason: String) throws {
        let path = try fixture("pytorch/\(name).pth")
        let error = #expect(throws: FormatError.self) { try WeightsFile.read(path) }
        let message = try #require(error).description
        #expect(message.contains(reason) && !message.contains("\n"), "\(message)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/striate-was-here"))
    }

    @Test func aFileIsWhatItsFirstBytesSay() throws {
        try withFolder { folder in
            let path = "\(folder)/weights.pth"
            try AtomicFile.write(bytes(fixture("floats.safetensors")), to: path)
            #expect(try WeightsFile.read(path) == Safetensors(contentsOf: path).weights)
        }
        func refusal(_ bytes: [UInt8]) -> String {
            do throws(FormatError) { _ = try WeightsFile.read(bytes: bytes, name: "f") } catch { return error.description }
            return "read"
        }
        #expect(refusal([]) == "f: the file is empty")
        #expect(refusal(Array("some text".utf8)) == "f: neither a safetensors file nor a PyTorch checkpoint")
        #expect(refusal([0x89] + Array("HDF\r\n".utf8)).contains("Keras"))
        #expect(refusal([0x80, 4, 0x4E, 0x2E]).contains("torch.save did not write"))
    }
}
