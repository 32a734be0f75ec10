/// Numbers as people read them, independent of the locale.
package enum Numbers {
    /// `61,706`
    package static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// `1 image`, `1,200 images`
    package static func count(_ value: Int, _ thing: String) -> String { "\(grouped(value)) \(thing)\(value == 1 ? "" : "s")" }

    /// With exactly so many places after the point: `0.312`.
    package static func fixed(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled), divisor = Int(scale)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        let fraction = String(whole % divisor)
        return sign + "\(whole / divisor)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// `91.23 %`
    package static func percent(_ share: Double, _ places: Int = 2) -> String { fixed(share * 100, places) + " %" }

    /// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        if seconds < 9.95 { return fixed(seconds, 1) + " s" }
        let whole = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
    }

    /// `152 B`, `241 KiB`, `1.4 MiB`
    package static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        var value = Double(count) / 1024
        for unit in ["KiB", "MiB", "GiB"] {
            if value < 1023.5 { return fixed(value, value < 9.95 ? 1 : 0) + " " + unit }
            value /= 1024
        }
        return fixed(value, 1) + " TiB"
    }

    /// Images per second to three significant digits: `151,000`.
    package static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite, perSecond >= 0, perSecond < 1e15 else { return "?" }
        if perSecond < 10 { return fixed(perSecond, 2) }
        if perSecond < 100 { return fixed(perSecond, 1) }
        var unit = 1.0
        while perSecond / unit >= 1000 { unit *= 10 }
        return grouped(Int((perSecond / unit).rounded() * unit))
    }
}
