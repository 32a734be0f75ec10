import Foundation

/// Pictures that a file names, one a line: `path,label` (`.csv`, `.tsv`), or `path label` or a path alone (`.txt`).
///
/// Paths are relative to the list's folder. A table may begin with the names of its columns (path, label, split), and have a third column that tells
/// the part. A picture without a label belongs to the class that its folder is called after.
enum FileList {
    static func isList(_ path: String) -> Bool { [".csv", ".tsv", ".txt"].contains { path.lowercased().hasSuffix($0) } }

    private struct Entry {
        let path: String
        let label: String?
        let part: DataSet.Split?
    }

    /// - Throws: ``DataError`` naming the line that cannot be understood.
    static func read(_ path: String, split: DataSplit) throws(DataError) -> LabelledFiles {
        let bytes = try readFile(path, limit: 1 << 30)
        let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/" : ""
        let entries = path.lowercased().hasSuffix(".txt") ? try lines(bytes, folder: folder, file: path) : try table(bytes, file: path)
        var files = [LabelledFile](), skipped = [DataError]()
        for entry in entries {
            let components = entry.path.split(separator: "/").map(String.init).filter { $0 != "." }
            let name = entry.path.hasPrefix("/") ? entry.path : folder + entry.path
            let file = TreeFile(path: components, name: name)
            do throws(DataError) {
                guard PictureFormat(try file.start(PictureFormat.signatureSize)) != nil else {
                    throw DataError(name, "is no picture that can be read (\(PictureFormat.names))")
                }
                guard let className = entry.label ?? components.dropLast().last else {
                    throw DataError(name, "has no label, and lies in no class's folder")
                }
                files.append(LabelledFile(file: file, className: className, part: entry.part))
            } catch { skipped.append(error) }
        }
        return try LabelledFiles(files, root: path, skipped: skipped, split: split)
    }

    // MARK: - Tables

    private static let pathNames = ["path", "file", "filename", "file_name", "filepath", "image", "image_path", "img"]
    private static let labelNames = ["label", "class", "class_name", "category", "target"]
    private static let partNames = ["split", "part", "set", "subset"]

    private static func table(_ bytes: [UInt8], file: String) throws(DataError) -> [Entry] {
        let firstLine = bytes.prefix { $0 != 10 }
        let separator = [UInt8(ascii: "\t"), UInt8(ascii: ";")].first { firstLine.contains($0) && !firstLine.contains(UInt8(ascii: ",")) }
        var rows = try CSV.rows(bytes, separator: separator ?? UInt8(ascii: ","), file: file)[...]
        var (path, label, part) = (0, 1 as Int?, 2 as Int?)
        if let names = rows.first?.fields.map({ $0.lowercased() }), let column = names.firstIndex(where: pathNames.contains) {
            (path, label, part) = (column, names.firstIndex(where: labelNames.contains), names.firstIndex(where: partNames.contains))
            rows.removeFirst()
        }
        var entries = [Entry]()
        for row in rows {
            func field(_ column: Int?) -> String? {
                guard let column, column < row.fields.count, !row.fields[column].isEmpty else { return nil }
                return row.fields[column]
            }
            guard let name = field(path) else { throw DataError(file, "line \(row.line) names no file") }
            let text = field(part)
            let split = text.flatMap { DataSet.Split(folder: $0) }
            if let text, split == nil { throw DataError(file, "line \(row.line): \"\(text)\" is no part; it is one of train, val, test") }
            entries.append(Entry(path: name, label: field(label), part: split))
        }
        return entries
    }

    // MARK: - Lines

    private static func lines(_ bytes: [UInt8], folder: String, file: String) throws(DataError) -> [Entry] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw DataError(file, "is not text in UTF-8") }
        return text.split(whereSeparator: \.isNewline).map { String($0).withoutSpaces }.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { line in
            // A path may hold spaces; what is there as a whole has no label behind it.
            let isPath = fileExists(line.hasPrefix("/") ? line : folder + line)
            guard !isPath, let space = line.lastIndex(where: { $0 == " " || $0 == "\t" }) else { return Entry(path: line, label: nil, part: nil) }
            return Entry(path: String(line[..<space]).withoutSpaces, label: String(line[line.index(after: space)...]), part: nil)
        }
    }
}
