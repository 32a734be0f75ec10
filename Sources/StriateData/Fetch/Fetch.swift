import Foundation

/// Fetches data sets that have names, resuming where an earlier attempt ended, and believes only what has the right checksum.
public enum Fetch {
    /// Fetches the files of `entry` that are missing or damaged into `DIRECTORY/NAME`.
    ///
    /// A file is written as `FILE.part` and takes its name only when its SHA-256 is right: whatever interrupts, nothing half-done looks
    /// whole, and the next attempt continues.
    /// - Parameters:
    ///   - mirror: The address of a folder that holds the files, instead of the official ones.
    ///   - idleLimit: Seconds without a byte after which a connection counts as lost.
    ///   - progress: Called as bytes arrive, on another thread.
    /// - Returns: The folder.
    /// - Throws: ``DataError`` with what to do about it.
    public static func fetch(
        _ entry: CatalogEntry, into directory: String, mirror: String? = nil, idleLimit: Double = 30,
        progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> String {
        guard !entry.files.isEmpty else { throw DataError(entry.name, "is built in; there is nothing to fetch") }
        let folder = directory + "/" + entry.name
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DataError(folder, "the folder cannot be made; name another with --data-dir")
        }
        let mirrors = mirror.map { [$0] } ?? entry.mirrors
        for file in entry.files {
            let path = folder + "/" + file.name
            if fileExists(path), try Checksum.sha256(ofFile: path) == file.sha256 { continue }
            try fetch(file, to: path, from: mirrors, idleLimit: idleLimit, progress: progress)
        }
        return folder
    }

    /// Fetches one file from the first mirror that has it whole.
    private static func fetch(
        _ file: RemoteFile, to path: String, from mirrors: [String], idleLimit: Double, progress: FetchProgress.Handler?
    ) throws(DataError) {
        let part = try PartFile(path + ".part")
        var failure = DataError(file.name, "has no address to be fetched from")
        for mirror in mirrors {
            do throws(DataError) {
                let url = try address(of: file.name, in: mirror)
                try Download.fill(part, from: url, size: file.size, idleLimit: idleLimit) { received in
                    progress?(FetchProgress(file: file.name, received: received, size: file.size, url: url.absoluteString))
                }
                guard try Checksum.sha256(ofFile: part.path) == file.sha256 else {
                    try part.truncate()
                    throw DataError(
                        url.absoluteString,
                        "what came is not the expected file (its SHA-256 is wrong) and was thrown away; try again or another --mirror")
                }
                try part.rename(to: path)
                return
            } catch where part.isBroken {
                throw error
            } catch {
                failure = error
            }
        }
        part.removeIfEmpty()
        throw failure
    }

    private static func address(of name: String, in mirror: String) throws(DataError) -> URL {
        let text = mirror + (mirror.hasSuffix("/") ? "" : "/") + name
        guard let base = URL(string: mirror), base.host?.isEmpty == false, let url = URL(string: text),
            ["http", "https"].contains(url.scheme?.lowercased())
        else {
            throw DataError(mirror, "is no address of a mirror; it should look like https://example.org/mnist/")
        }
        return url
    }
}
