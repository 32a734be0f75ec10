import Foundation

/// What standard error is connected to.
struct Terminal {
    /// Whether a line may be drawn over again.
    let isInteractive: Bool
    let hasColor: Bool

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let isDumb = environment["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
        isInteractive = isatty(STDERR_FILENO) == 1 && !isDumb
        // https://no-color.org: any value but the empty one.
        hasColor = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The columns of the window, 80 where it does not tell.
    var width: Int { Terminal.width(of: STDERR_FILENO) }

    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// A line on the terminal that is drawn over and over, at most ten times a second.
struct LiveLine {
    private let terminal: Terminal
    private var isShown = false
    private var next: ContinuousClock.Instant

    /// Nil where there is no terminal to draw on.
    init?(_ terminal: Terminal) {
        guard terminal.isInteractive else { return nil }
        self.terminal = terminal
        next = .now
    }

    /// Whether enough time has passed to draw again: asked before the text is made, because it is called after every step.
    var isDue: Bool { .now >= next }

    /// - Parameters:
    ///   - share: How much is done, 0…1, drawn as a bar before the text.
    mutating func draw(_ share: Double, _ text: String) {
        next = .now + .milliseconds(100)
        isShown = true
        let width = terminal.width
        let room = width - text.count - 3
        let bar = room >= 8 ? LiveLine.bar(share, cells: min(30, room), inColor: terminal.hasColor) + "  " : ""
        Output.draw("\r\u{1B}[2K" + bar + text.prefix(max(0, width - 1)))
    }

    /// Takes the line away, so that others can be printed.
    mutating func clear() {
        guard isShown else { return }
        isShown = false
        Output.draw("\r\u{1B}[2K")
    }

    /// A bar in eighths of a cell.
    private static func bar(_ share: Double, cells: Int, inColor: Bool) -> String {
        let eighths = Int((min(1, max(0, share)) * Double(cells * 8)).rounded(.down))
        let parts: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        var text = String(repeating: "█", count: eighths / 8)
        if eighths < cells * 8 {
            text.append(parts[eighths % 8])
            text += String(repeating: " ", count: cells - text.count)
        }
        return inColor ? "\u{1B}[36;48;5;236m\(text)\u{1B}[0m" : "[\(text)]"
    }
}
