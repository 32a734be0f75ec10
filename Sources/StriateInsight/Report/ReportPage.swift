import StriateTraining

extension Report {
    /// The page: one file with everything in it, for light and dark screens, narrow and wide ones, and paper. It runs no scripts and asks
    /// for no other file.
    ///
    /// - Parameter figures: What ``figures`` made.
    public func html(with figures: [Figure]) -> String {
        var page = Page(title: title)
        page.add("<header><h1>\(Drawing.escaped(title))</h1></header>\n<main>\n")
        page.addFacts(facts)
        for part in Figure.Part.allCases {
            let drawings = figures.filter { $0.part == part }.map(\.drawing)
            guard !drawings.isEmpty else { continue }
            page.add("<section><h2>\(part.rawValue)</h2>\n<div class=\"figures\">\n")
            for drawing in drawings { page.add("<figure>\n\(drawing.element)</figure>\n") }
            page.add("</div></section>\n")
        }
        page.add("<section><h2>Numbers</h2>\n")
        if let evaluation { page.add(classTable(evaluation)) }
        if !epochs.isEmpty { page.add(epochTable) }
        if !settings.isEmpty {
            page.add(Page.table("Settings", columns: ["name", "value"], rows: settings.map { [$0.name, $0.value] }, numbersFrom: 2))
        }
        page.add("</section>\n</main>\n")
        return page.html
    }

    /// The numbers at the top.
    private var facts: [(name: String, value: String)] {
        var facts = [(name: String, value: String)]()
        if let evaluation {
            facts.append(("\(judge) accuracy", Numbers.percent(evaluation.accuracy)))
            facts.append(("\(judge) loss", Numbers.fixed(evaluation.loss, 4)))
            if classes.count > 5 { facts.append(("top-5", Numbers.percent(evaluation.top5))) }
            facts.append(("errors", "\(Numbers.grouped(evaluation.errors)) of \(Numbers.grouped(evaluation.samples))"))
        }
        if let details { facts.append(("calibration error", Numbers.percent(details.reliability.error))) }
        if let last = epochs.last {
            facts.append(("epochs", Numbers.grouped(last.epoch)))
            let scored = epochs.filter { $0.validationAccuracy != nil }
            if let best = scored.max(by: { $0.validationAccuracy ?? 0 < $1.validationAccuracy ?? 0 }), best.epoch != last.epoch {
                facts.append(("most accurate", "\(Numbers.percent(best.validationAccuracy ?? 0)) after epoch \(best.epoch)"))
            }
            facts.append(("time", Numbers.duration(epochs.reduce(0) { $0 + $1.seconds })))
            facts.append(("speed", "\(Numbers.rate(last.imagesPerSecond)) images/s"))
        }
        return facts
    }

    private func classTable(_ evaluation: Evaluation) -> String {
        func percent(_ share: Double?) -> String { share.map { Numbers.percent($0, 1) } ?? "–" }
        func name(_ label: Int) -> String { classes.indices.contains(label) ? classes[label] : String(label) }
        let rows = evaluation.classScores.enumerated().map { label, score in
            [
                name(label), Numbers.grouped(score.support), percent(score.precision), percent(score.recall), percent(score.f1),
                evaluation.mostFrequentError(of: label).map { "\(name($0.answer)) (\($0.count))" } ?? "",
            ]
        }
        return Page.table("Classes", columns: ["class", "images", "precision", "recall", "F1", "most taken for"], rows: rows, numbersFrom: 1)
    }

    /// A run of very many epochs would make a page that nobody reads.
    private static let mostEpochRows = 200

    private var epochTable: String {
        let shown = epochs.suffix(Report.mostEpochRows)
        let rows = shown.map { epoch in
            [
                String(epoch.epoch), Numbers.fixed(epoch.trainLoss, 4), Numbers.percent(epoch.trainAccuracy),
                epoch.validationLoss.map { Numbers.fixed($0, 4) } ?? "–", epoch.validationAccuracy.map { Numbers.percent($0) } ?? "–",
                epoch.rate.map { "\($0)" } ?? "–", Numbers.rate(epoch.imagesPerSecond), Numbers.fixed(epoch.seconds, 1),
            ]
        }
        let title = shown.count < epochs.count ? "The last \(shown.count) epochs" : "Epochs"
        return Page.table(
            title, columns: ["epoch", "training loss", "accuracy", "\(judge) loss", "accuracy", "rate", "images/s", "seconds"], rows: rows,
            numbersFrom: 0)
    }
}

/// A page in the making.
private struct Page {
    private let title: String
    private var body = ""

    init(title: String) { self.title = title }

    mutating func add(_ html: String) { body += html }

    mutating func addFacts(_ facts: [(name: String, value: String)]) {
        add("<dl class=\"facts\">\n")
        for (name, value) in facts { add("<div><dt>\(Drawing.escaped(name))</dt><dd>\(Drawing.escaped(value))</dd></div>\n") }
        add("</dl>\n")
    }

    /// A table that is folded away.
    ///
    /// - Parameter numbersFrom: The first of the columns that hold numbers, which stand on the right.
    static func table(_ title: String, columns: [String], rows: [[String]], numbersFrom: Int) -> String {
        func cells(_ texts: [String], _ tag: String) -> String {
            texts.enumerated().map { "<\(tag)\($0 >= numbersFrom ? " class=\"number\"" : "")>\(Drawing.escaped($1))</\(tag)>" }.joined()
        }
        let lines = rows.map { "<tr>\(cells($0, "td"))</tr>\n" }.joined()
        return """
            <details><summary>\(Drawing.escaped(title))</summary>
            <div class="scroll"><table><thead><tr>\(cells(columns, "th"))</tr></thead><tbody>
            \(lines)</tbody></table></div></details>

            """
    }

    /// The policy makes sure that nothing is asked for, whatever a class may be called.
    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <title>\(Drawing.escaped(title))</title>
        <style>
        \(Drawing.style)
        \(Page.style)
        </style>
        </head>
        <body>
        \(body)</body>
        </html>

        """
    }

    private static let style = """
        :root { --ink: #1b1f24; --faint: #57606a; --line: #d8dee4; --page: #f6f8fa; --card: #ffffff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9aa4af; --line: #272e37; --page: #010409; --card: #0d1117; } }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
        header, main { max-width: 1370px; margin: 0 auto; padding: 0 14px; }
        h1 { font-size: 26px; font-weight: 650; letter-spacing: -0.01em; margin: 36px 0 16px; overflow-wrap: anywhere; }
        h2 { font-size: 13px; font-weight: 600; text-transform: uppercase; letter-spacing: 0.06em; color: var(--faint); margin: 36px 0 12px; }
        .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; }
        .facts div, figure, details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
        .facts div { padding: 10px 16px 12px; }
        .facts dt { font-size: 12px; color: var(--faint); }
        .facts dt::first-letter { text-transform: uppercase; }
        .facts dd { margin: 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .figures { display: flex; flex-wrap: wrap; gap: 10px; align-items: flex-start; }
        figure { margin: 0; padding: 4px; max-width: 100%; box-sizing: border-box; overflow-x: auto; }
        figure svg { display: block; max-width: max(100%, 640px); height: auto; }
        details { margin-bottom: 12px; padding: 10px 16px; }
        summary { cursor: pointer; font-weight: 600; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; margin: 12px 0 6px; font-size: 13px; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 4px 18px 4px 0; border-bottom: 1px solid var(--line); }
        th { color: var(--faint); font-weight: 600; white-space: nowrap; }
        .number { text-align: right; }
        main { padding-bottom: 48px; }
        @media print { body { background: none; } figure, .facts div { break-inside: avoid; } }
        """
}
