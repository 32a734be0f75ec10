public import StriateData
import StriateGraph
import StriateTraining

extension Gallery {
    /// A few pictures of each class and the worst mistakes, for a page that has no server to ask for more.
    ///
    /// - Parameters:
    ///   - pictures: Those that were tested.
    ///   - mostBytes: Of all pictures together; a third of it is for mistakes.
    /// - Throws: ``DataError`` where a file cannot be read and must not be left out.
    public func picks(from pictures: PictureLoader, mostBytes: Int = 4 << 20) throws(DataError) -> [BrowserModel.Sample] {
        let room = mostBytes / max(1, pictures.shape.count), classes = evaluation.confusion.count
        let mistakes = entries(.mistakes).prefix(min(Gallery.mostMistakes, room / 3))
        // Whole rounds, so that no class has more of them than another.
        let fair = min(Gallery.mostOfClass * classes, min(Gallery.mostSamples, room - mistakes.count))
        let samples = entries(.samples).prefix(fair < classes ? fair : fair / classes * classes)
        var picks = [BrowserModel.Sample](), taken = Set<Int>()
        let wanted = (mistakes + samples).filter { taken.insert($0.number).inserted }
        let found = try pictures.pictures(wanted.map(\.number))
        for entry in wanted { if let picture = found[entry.number] { picks.append(BrowserModel.Sample(picture: picture, entry: entry)) } }
        return picks
    }

    private static let mostMistakes = 40
    private static let mostOfClass = 4
    private static let mostSamples = 80
}
