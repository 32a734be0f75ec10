import Foundation
import Striate

extension ProgramMemory {
    /// `1.1 GiB (89 MiB of variables; activations, gradients and scratch 1.0 GiB, without reuse 1.8 GiB)`
    var text: String {
        "\(Numbers.bytes(total)) (\(Numbers.bytes(variables)) of variables; activations, gradients and scratch \(Numbers.bytes(arena)), "
            + "without reuse \(Numbers.bytes(arenaWithoutReuse)))"
    }
}

/// The most memory that this process has had at one time.
enum PeakMemory {
    static var bytes: Int {
        #if os(Linux)
        // Of this program alone (VmHWM): what `getrusage` tells includes the program that started this one, if it was larger.
        if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        {
            return kibibytes << 10
        }
        #endif
        var usage = rusage()
        #if os(macOS)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
        #endif
    }
}
