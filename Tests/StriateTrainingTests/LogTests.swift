import Foundation
import StriateFormats
import StriateTraining
import Testing

/// What people watch a run by: `metrics.csv` and TensorBoard's file.
@Suite struct LogTests {
    private func events(in folder: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("events.out.tfevents.") }
        #expect(names.count == 1)
        return "\(folder)/\(try #require(names.first))"
    }

    /// The lengths of the messages, each between its own length and the two checksums.
    private func messages(_ path: String) throws -> [Int] {
        let bytes = try bytes(path)
        var lengths = [Int](), place = 0
        while place < bytes.count {
            lengths.append((0..<8).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) })
            place += 16 + lengths[lengths.count - 1]
        }
        #expect(place == bytes.count)
        return lengths
    }

    private func lines(_ path: String) throws -> [Substring] {
        String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n")
    }

    @Test func theTableHasALineForEachEpoch() throws {
        try withFolder { folder in
            let run = try smallRun(smallOptions(epochs: 2), in: RunFolder(creating: "\(folder)/run", options: smallOptions()))
            _ = try run.run()
            let lines = try lines(run.folder.table)
            #expect(lines.count == 3)
            #expect(lines[0] == "epoch,train_loss,train_accuracy,val_loss,val_accuracy,rate,images_per_second,seconds")
            let fields = lines[2].split(separator: ","), epoch = run.metrics[1]
            #expect(fields[0] == "2" && Double(fields[1]) == epoch.trainLoss && Double(fields[4]) == epoch.validationAccuracy)
            #expect(Float(fields[5]) == 0.05)
        }
    }

    @Test func eventsBeginAsTensorBoardWritesThem() throws {
        try withFolder { folder in
            let options = smallOptions(epochs: 3), run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            // The time is that of the name. The bytes are those of tensorboard.summary.writer.record_writer.RecordWriter.
            try Data().write(to: URL(fileURLWithPath: "\(folder)/run/events.out.tfevents.1000.striate"))
            _ = try run.run()
            let path = try events(in: "\(folder)/run")
            let expected = "1800000000000000a37f4b22090000000000408f401a0d627261696e2e4576656e743a3273ae6b56"
            let found = try bytes(path).prefix(expected.count / 2).map { String(format: "%02x", $0) }.joined()
            #expect(found == expected)
            #expect(try messages(path).count == 4)
        }
    }

    @Test func noEpochIsLostOrDoubledByInterruptions() throws {
        try withFolder { folder in
            let options = smallOptions(epochs: 4), path = "\(folder)/run"
            let parts = try RunFolder(creating: path, options: options)
            for stop in [3, 7, 8, 15, 28] {
                let run = try smallRun(options, in: parts)
                try run.resume()
                let interrupt = Interrupt()
                _ = try run.run(interrupt: interrupt, onStep: { _ in if run.position.steps == stop { interrupt.raise() } })
                // What a process that was killed in the middle of a line leaves.
                for file in [parts.table, try events(in: path)] {
                    let handle = try #require(FileHandle(forWritingAtPath: file))
                    try handle.seekToEnd()
                    try handle.write(contentsOf: Data("3,0.1".utf8))
                }
            }
            let run = try smallRun(options, in: parts)
            try run.resume()
            _ = try run.run()
            #expect(try lines(parts.table).dropFirst().map { $0.prefix(2) } == ["1,", "2,", "3,", "4,"])
            #expect(try messages(events(in: path)).count == 5)
        }
    }
}
