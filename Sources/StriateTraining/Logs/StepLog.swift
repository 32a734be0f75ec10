import Foundation
import StriateFormats

/// A file with a line of JSON for each step (`--log-steps`): `step` (from 1, through all epochs), `loss`, `rate`.
public final class StepLog {
    private let file: GrowingFile

    /// - Parameters:
    ///   - path: A file, which is begun anew, or a device.
    ///   - steps: Steps that stay where a run goes on; 0 for a new run.
    /// - Throws: ``TrainingError/file(_:)``.
    public init(path: String, keepingSteps steps: Int = 0) throws(TrainingError) {
        let kept = steps > 0 ? Self.length(ofSteps: steps, in: path) : 0
        file = try filed(try GrowingFile(appendingTo: path, keeping: kept))
    }

    func append(step: Int, loss: Float, rate: Float) {
        file.append(line: "{\"step\":\(step),\"loss\":\(loss),\"rate\":\(rate)}")
    }

    /// Hands all lines to the system.
    public func flush() throws(TrainingError) { try filed(try file.flush()) }

    private struct Line: Decodable { let step: Int }

    /// The bytes of the lines of the first steps: up to the first that is not whole or lies beyond.
    private static func length(ofSteps steps: Int, in path: String) -> Int {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return 0 }
        var length = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard length + line.count < bytes.count, let step = try? JSONDecoder().decode(Line.self, from: line).step, step <= steps
            else { break }
            length += line.count + 1
        }
        return length
    }
}
