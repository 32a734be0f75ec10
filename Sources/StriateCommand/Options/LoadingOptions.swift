import ArgumentParser
import Striate

/// How pictures are read. None of this changes a result.
struct LoadingOptions: ParsableArguments {
    @Flag(name: .long, help: "Stop at the first file that is no whole picture, instead of leaving it out.")
    var strict = false

    @Option(name: .long, help: ArgumentHelp(
        "Keep decoded pictures in memory (ram), in a file for later runs too (disk), or nowhere (none); default: ram where they fit.", valueName: "place"))
    var cache: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Threads that read pictures (default: as --threads).", valueName: "n"))
    var workers: Int?

    func validate() throws {
        try Limits.workers.check(workers)
        _ = try place()
    }

    /// For verbs that need no data: nothing is said of how data are read unless they are named.
    func checkUse(of data: String?, _ location: DataOptions) throws {
        let given = strict ? "--strict" : cache != nil ? "--cache" : workers != nil ? "--workers" : location.dataDir != nil ? "--data-dir" : nil
        guard data == nil, let given else { return }
        throw UsageError("\(given) goes with --data")
    }

    /// - Parameters:
    ///   - threads: Those of the engine.
    func settings(threads: Int, _ output: OutputOptions) throws -> LoadingSettings {
        var settings = LoadingSettings()
        settings.workers = workers ?? threads
        settings.cache = try place()
        settings.isStrict = strict
        let log = SkipLog(isQuiet: output.quiet)
        settings.onSkip = { log.tell($0) }
        return settings
    }

    private func place() throws -> LoadingSettings.Cache? {
        guard let cache else { return nil }
        guard let known = LoadingSettings.Cache(rawValue: cache) else {
            throw UsageError.unknown("cache", cache, among: LoadingSettings.Cache.allCases.map(\.rawValue))
        }
        return known
    }
}
