import StriateGraph

/// The pictures of a source, fitted to a network.
struct FittingSource<Source: PictureSource>: PictureSource {
    let source: Source
    let preprocessing: Preprocessing

    var classes: [String] { source.classes }
    var labels: [Int32] { source.labels }

    func origin(of index: Int) -> String? { source.origin(of: index) }

    func picture(at index: Int) throws(DataError) -> Picture {
        let picture = try source.picture(at: index)
        do { return try picture.prepared(for: preprocessing) } catch { throw DataError(name(at: index), error.message) }
    }
}
