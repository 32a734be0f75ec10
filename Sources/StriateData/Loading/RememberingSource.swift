import StriateGraph
import Synchronization

/// A source whose pictures stay in memory once they were asked for, as long as there is room.
final class RememberingSource<Source: PictureSource>: PictureSource {
    private let source: Source
    private let budget: Int
    private let kept = Mutex<(pictures: [Int: Picture], bytes: Int)>(([:], 0))

    /// - Parameter budget: The most bytes that are kept.
    init(_ source: Source, budget: Int) {
        self.source = source
        self.budget = budget
    }

    var classes: [String] { source.classes }
    var labels: [Int32] { source.labels }

    func origin(of index: Int) -> String? { source.origin(of: index) }

    func picture(at index: Int) throws(DataError) -> Picture {
        if let picture = kept.withLock({ $0.pictures[index] }) { return picture }
        let picture = try source.picture(at: index)
        kept.withLock { kept in
            guard kept.bytes + picture.pixels.count <= budget, kept.pictures[index] == nil else { return }
            kept.pictures[index] = picture
            kept.bytes += picture.pixels.count
        }
        return picture
    }
}
