import Foundation

/// What this machine's memory allows.
enum Memory {
    /// The most bytes that data may take: the rest is for the network and other programs.
    static let budget = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4 * 3)

    /// `2.5 GiB`.
    static func text(_ bytes: Int) -> String {
        let tenths = Int((Double(bytes) / Double(1 << 30) * 10).rounded(.up))
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
