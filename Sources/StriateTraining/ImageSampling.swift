/// Which images an epoch sees.
public enum ImageSampling: String, Hashable, Sendable, Codable, CaseIterable {
    /// Each image once.
    case natural
    /// As many as there are, drawn so that each class is seen equally often, however few images it has; see ``Shuffle/balanced(_:seed:epoch:)``.
    case balanced
}
