import Foundation

/// Where text goes: results to standard output, all else to standard error. Nothing is kept back in a buffer.
enum Output {
    /// Prints a result. One that cannot be printed (a full disk) ends the process with exit code 1.
    static func line(_ text: String) {
        guard let failure = write(text + "\n", to: STDOUT_FILENO) else { return }
        log("striate: standard output: \(String(cString: strerror(failure)))")
        exit(ExitStatus.workFailed.rawValue)
    }

    static func log(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

    /// Draws on the terminal.
    static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// - Returns: The system's error number where not all was written.
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return written < 0 ? errno : ENOSPC }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return nil
        }
    }
}
