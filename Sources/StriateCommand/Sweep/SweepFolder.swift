import ArgumentParser
import Foundation
import Striate

/// A sweep on disk: `recipe.yaml` (what does not vary), `sweep.json` (what does, and how), a run folder for each trial, and `sweep.csv`.
struct SweepFolder {
    /// What a sweep was asked.
    struct Question: Codable, Equatable {
        var vary: [String]
        var method: SweepPlan.Method
        var trials: Int
        var seed: UInt64
    }

    let path: String

    var recipe: String { "\(path)/recipe.yaml" }
    var table: String { "\(path)/sweep.csv" }
    private var question: String { "\(path)/sweep.json" }

    func trial(_ index: Int) -> String { "\(path)/\(String(format: "%03ld", index + 1))" }

    /// Why a trial came to nothing; nil where it did not.
    func failure(ofTrial index: Int) -> String? {
        FileManager.default.contents(atPath: failurePath(index)).map { String(decoding: $0, as: UTF8.self) }
    }

    func setFailure(_ message: String, ofTrial index: Int) throws { try AtomicFile.write(message, to: failurePath(index)) }

    private func failurePath(_ index: Int) -> String { "\(trial(index)).failure" }

    /// A new folder: the one that was named, or `sweeps/NAME-1` and so on.
    init(creating path: String?, name: String, recipe yaml: String, _ question: Question) throws {
        let place = path ?? Self.unusedPath(name)
        guard !FileManager.default.fileExists(atPath: place) else {
            throw WorkError("\(place): this folder exists; name another with --sweep, or go on with --resume \(place)")
        }
        do { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) } catch {
            throw WorkError("\(place): cannot create this folder")
        }
        self.path = place
        try AtomicFile.write(yaml, to: recipe)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(Array(try encoder.encode(question)), to: self.question)
    }

    /// A sweep that has begun.
    init(opening path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: question) else { throw WorkError("\(path): holds no sweep: there is no sweep.json") }
    }

    func begun() throws -> Question {
        guard let bytes = FileManager.default.contents(atPath: question), let question = try? JSONDecoder().decode(Question.self, from: bytes)
        else { throw WorkError("\(question): is damaged; begin a new sweep") }
        return question
    }

    private static func unusedPath(_ name: String) -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: "sweeps/\(name)-\(number)") { number += 1 }
        return "sweeps/\(name)-\(number)"
    }
}
