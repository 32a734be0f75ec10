/// Labelled pictures that can be had one by one, in any order and from any thread: files, an archive, or images in memory.
public protocol PictureSource: Sendable {
    /// The names of the classes, by label.
    var classes: [String] { get }
    /// The class of each picture.
    var labels: [Int32] { get }
    /// A picture, upright and of its own size.
    func picture(at index: Int) throws(DataError) -> Picture
    /// Where a picture comes from, such as its file or the member of an archive; nil where that is not known.
    func origin(of index: Int) -> String?
}

extension PictureSource {
    /// The number of pictures.
    public var count: Int { labels.count }

    public func origin(of index: Int) -> String? { nil }

    /// What errors call a picture.
    public func name(at index: Int) -> String { origin(of: index) ?? "picture \(index)" }
}

extension ImageSet: PictureSource {
    public func picture(at index: Int) -> Picture { self[index] }
}
