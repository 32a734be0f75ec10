import ArgumentParser
import Foundation
import Striate
import StriateStudio

/// What the process ends with.
enum ExitStatus: Int32 {
    case done = 0
    case workFailed = 1
    case wrongCommandLine = 2
    /// 128 + SIGINT, as shells count.
    case interrupted = 130
}

/// The command line was wrong: one line, exit code 2. The parser's own type, so that it passes through the parser unchanged.
typealias UsageError = ValidationError

extension ValidationError {
    /// A name that does not exist: says the nearest that does, or all.
    static func unknown(_ kind: String, _ name: String, among known: [String], orElse more: String = "") -> ValidationError {
        let hint = Suggestion.hint(for: name, among: known)
        return ValidationError(
            "there is no \(kind) \"\(name)\"\(hint.isEmpty ? "; it is one of \(known.joined(separator: ", "))\(more)" : hint)")
    }
}

/// The work failed, and all that is to be said: one line, exit code 1.
struct WorkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The work ended early, and its reasons have been told already.
struct EarlyEnd: Error {
    let status: ExitStatus
}

/// Reads the command line, runs the verb, and turns every error into one line and an exit code.
enum Launcher {
    static func run(_ arguments: [String]) -> Int32 {
        // `striate … | head` ends quietly, also where the parent process ignores the signal.
        signal(SIGPIPE, SIG_DFL)
        // A file that may not grow any more is an error like a full disk, and no reason to be killed.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try refuseUnknownVerb(arguments)
            var command = try StriateTool.parseAsRoot(arguments)
            if let train = command as? Train { command = try train.completed(from: arguments) }
            try LaneEngine.checkProcessor()
            try command.run()
            return ExitStatus.done.rawValue
        } catch {
            return end(with: error, arguments)
        }
    }

    private static func end(with error: any Error, _ arguments: [String]) -> Int32 {
        switch error {
        case let error as EarlyEnd: return error.status.rawValue
        case let error as UsageError: return report(error.message, .wrongCommandLine)
        case let error as NetworkError: return report(error.description, .wrongCommandLine)
        case let error as InsightError: return report(error.description, .wrongCommandLine)
        case is WorkError, is DataError, is FormatError, is EngineError, is ShapeError, is StudioError:
            return report("\(error)", .workFailed)
        case let error as TrainingError:
            if case .options(let message) = error { return report(message, .wrongCommandLine) }
            return report(error.description, .workFailed)
        default: break
        }
        // What is left comes from the parser: a request for help, or a line it cannot read.
        switch StriateTool.exitCode(for: error) {
        case .success:
            Output.line(StriateTool.fullMessage(for: error))
            return ExitStatus.done.rawValue
        case .validationFailure:
            return report(StriateTool.message(for: error), .wrongCommandLine, hint: hint(for: arguments))
        default: return report(StriateTool.message(for: error), .workFailed)
        }
    }

    private static func report(_ message: String, _ status: ExitStatus, hint: String? = nil) -> Int32 {
        let line = message.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
        Output.log("striate: \(line)")
        if let hint { Output.log(hint) }
        return status.rawValue
    }

    private static func hint(for arguments: [String]) -> String {
        let verbs = StriateTool.verbs
        guard let verb = arguments.first, verbs.contains(verb) else { return "see: striate --help" }
        return "see: striate \(verb) --help"
    }

    /// The parser would call a mistyped verb an unexpected argument.
    private static func refuseUnknownVerb(_ arguments: [String]) throws {
        func check(_ word: String?, _ verbs: [String]) throws {
            guard let word, !word.hasPrefix("-"), word != "help", !verbs.contains(word) else { return }
            throw UsageError.unknown("verb", word, among: verbs)
        }
        try check(arguments.first, StriateTool.verbs)
        if arguments.first == DataSets._commandName { try check(arguments.dropFirst().first, DataSets.verbs) }
    }
}
