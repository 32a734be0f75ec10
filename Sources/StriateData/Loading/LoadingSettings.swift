import Foundation

/// How pictures come to a network. Nothing here changes what it sees, nor how a training ends.
public struct LoadingSettings: Sendable {
    /// Where pictures stay once they are decoded.
    public enum Cache: String, Hashable, Sendable, CaseIterable {
        /// In memory.
        case ram
        /// In a file in the user's cache folder, for later runs too.
        case disk
        /// Nowhere: every picture is decoded each time it is seen.
        case none
    }

    /// Threads that decode and transform.
    public var workers = ProcessInfo.processInfo.activeProcessorCount
    /// Nil for memory where the pictures take at most half of what data may take, else nowhere.
    public var cache: Cache?
    /// Whether one file that is no whole picture ends the work, instead of being left out.
    public var isStrict = false
    /// Takes each file that is left out, once, in the order in which the files are met; on the thread that takes the batches.
    public var onSkip: @Sendable (DataError) -> Void = { _ in }

    /// Where files of decoded pictures lie, unless it is the user's cache folder.
    public var cacheFolder: String?

    public init() {}
}
