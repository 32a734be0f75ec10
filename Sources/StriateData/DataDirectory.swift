import Foundation

/// Where data sets with names live: `DIRECTORY/mnist/train-images-idx3-ubyte.gz` and so on.
public enum DataDirectory {
    /// The folders that are searched, in order.
    ///
    /// `directory` (`--data-dir`) stands alone where it is given. Otherwise `$STRIATE_DATA`, then the user's cache folder:
    /// `$XDG_CACHE_HOME/striate` or `~/.cache/striate`; `~/Library/Caches/striate` on macOS.
    /// - Parameter environment: This process's unless given.
    public static func candidates(
        directory: String? = nil, environment: [String: String]? = nil
    ) -> [String] {
        if let directory { return [directory] }
        let environment = environment ?? ProcessInfo.processInfo.environment
        return [environment["STRIATE_DATA"], cache(environment: environment)].compactMap { $0 }.filter { !$0.isEmpty }
    }

    /// The user's own cache folder, or nil where none is known.
    static func cache(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        #if os(macOS)
        return environment["HOME"].map { $0 + "/Library/Caches/striate" }
        #else
        // The XDG specification: a relative path is to be ignored.
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/striate" }
        return environment["HOME"].map { $0 + "/.cache/striate" }
        #endif
    }

    /// The first of these folders that a data set can be fetched into: it exists or can be made, and can be written to.
    ///
    /// - Throws: ``DataError`` where there is none.
    public static func writable(among candidates: [String]) throws(DataError) -> String {
        var reason = "no folder is known; give one with --data-dir"
        for candidate in candidates {
            do {
                try FileManager.default.createDirectory(atPath: candidate, withIntermediateDirectories: true)
            } catch {
                reason = "the folder \(candidate) cannot be made"
                continue
            }
            if access(candidate, W_OK) == 0 { return candidate }
            reason = "the folder \(candidate) cannot be written to: \(systemMessage())"
        }
        throw DataError("data sets", "\(reason); name another folder with --data-dir")
    }
}
