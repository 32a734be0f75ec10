import ArgumentParser
import Striate

/// What every verb has.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON on standard output and nothing else.")
    var json = false

    @Flag(name: .long, help: "Print results only, no progress.")
    var quiet = false
}

/// Where the work is done.
struct ComputeOptions: ParsableArguments {
    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Threads to work on (default: all processors).", valueName: "n"))
    var threads: Int?

    func validate() throws { try Limits.threads.check(threads) }

    func engine() throws -> LaneEngine { try LaneEngine(threads: threads) }
}

/// How exactly convolutions compute.
struct PrecisionOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp(
        "fp32, or bf16: convolutions round what they multiply to bfloat16, and sum in fp32 (default: fp32).", valueName: "name"))
    var precision: String?

    func validate() throws { _ = try given() }

    /// What convolutions may round their operands to. Where this processor gains nothing by it, the user is told.
    ///
    /// - Parameter begun: What a run that goes on began with.
    func allowed(begun: Precision = .float32) throws -> Precision {
        let allowed = try given() ?? begun
        if allowed == .bfloat16, !LaneEngine.hasBFloat16 {
            Output.log("striate: this processor has no bfloat16 instructions: computing in fp32")
        }
        return allowed
    }

    private func given() throws -> Precision? {
        guard let precision else { return nil }
        guard let known = Precision(rawValue: precision) else {
            let names = Precision.allCases.map(\.rawValue).joined(separator: " or ")
            throw UsageError("--precision takes \(names), not \"\(precision)\"")
        }
        return known
    }
}

/// How often a model looks at each picture.
struct TestTimeOptions: ParsableArguments {
    @Option(name: .customLong("tta"), help: ArgumentHelp(
        "Average the logits of several views of each picture: flip (with its mirror image), flip-shift (and shifted by a pixel); default: none.",
        valueName: "views"))
    var views: String?

    func validate() throws { _ = try augmentation() }

    func augmentation() throws -> TestTimeAugmentation {
        guard let views else { return .none }
        guard let known = TestTimeAugmentation(rawValue: views) else {
            throw UsageError.unknown("test-time augmentation", views, among: TestTimeAugmentation.allCases.map(\.rawValue))
        }
        return known
    }
}

/// The images of a step or a run.
struct BatchOptions: ParsableArguments {
    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Images in a batch.", valueName: "n"))
    var batch: Int?

    func validate() throws { try Limits.batch.check(batch) }
}

struct DataOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp(
        "Where data sets lie (default: $STRIATE_DATA, then the user's cache folder).", valueName: "dir"))
    var dataDir: String?
}

struct SeedOptions: ParsableArguments {
    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("What all random numbers follow from.", valueName: "n"))
    var seed: UInt64 = 1
}

/// The range of a flag's whole numbers.
struct Limits {
    let flag: String
    let range: ClosedRange<Int>

    static let threads = Limits(flag: "--threads", range: 1...1024)
    static let workers = Limits(flag: "--workers", range: 1...256)
    static let batch = Limits(flag: "--batch", range: 1...65_536)
    static let classes = Limits(flag: "--classes", range: 1...1_000_000)
    static let top = Limits(flag: "--top", range: 1...1_000_000)
    static let steps = Limits(flag: "--steps", range: 1...10_000_000)
    static let epochs = Limits(flag: "--epochs", range: 1...1_000_000)
    static let trials = Limits(flag: "--trials", range: 1...SweepPlan.mostTrials)
    static let patience = Limits(flag: "--patience", range: 1...1_000_000)
    static let keep = Limits(flag: "--keep", range: 1...1_000)
    static let previewCount = Limits(flag: "--count", range: 1...1000)
    static let previewDraws = Limits(flag: "--draws", range: 0...100)
    static let maps = Limits(flag: "--maps", range: 1...4096)
    static let limit = Limits(flag: "--limit", range: 1...Int(Int32.max))
    static let embedded = Limits(flag: "--limit", range: 4...TSNE.mostThings)

    func check(_ value: Int?) throws {
        guard let value, !range.contains(value) else { return }
        throw UsageError("\(flag) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
}
