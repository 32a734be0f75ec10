/// How far fetching a data set has come.
public struct FetchProgress: Hashable, Sendable {
    public typealias Handler = @Sendable (FetchProgress) -> Void

    /// The name of the file that is being fetched.
    public let file: String
    /// Bytes of this file that are on disk, those of an earlier attempt included.
    public let received: Int
    public let size: Int
    /// The address it comes from.
    public let url: String
}
