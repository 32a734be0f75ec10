/// Fetches data sets with names.
public enum Fetch {
    /// Fetches the files of `entry` that are missing into `DIRECTORY/NAME` and returns that folder.
    public static func fetch(
        _ entry: CatalogEntry, into directory: String, mirror: String? = nil, progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> String {
        throw DataError(entry.name, "is not in \(directory)/\(entry.name); put its files there")
    }
}
