import ArgumentParser
import Foundation
import Striate

struct DataSets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Lists, fetches, describes and shows data sets.",
        subcommands: [List.self, FetchData.self, Info.self, Preview.self, Augmentations.self])

    static var verbs: [String] { configuration.subcommands.map { $0._commandName } }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the data sets that have names, and where they lie.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let found = try Catalog.entries.map { ($0, try DataSet.path(of: $0.name, directory: data.dataDir)) }
            guard !output.json else {
                Output.line(JSON.array(found.map { DataSets.json($0, path: $1) }).text)
                return
            }
            var table = Table([
                ("data set", .left), ("pictures", .left), ("training", .right), ("test", .right), ("classes", .right),
                ("what it is", .left), ("where", .left),
            ])
            for (entry, path) in found {
                table.add([
                    entry.name, entry.shape.description, Numbers.grouped(entry.trainCount), Numbers.grouped(entry.testCount),
                    String(entry.classes.count), entry.summary, path ?? (entry.isBuiltIn ? "built in" : "not fetched"),
                ])
            }
            Output.line(table.text)
        }
    }

    struct FetchData: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "fetch", abstract: "Downloads a data set and checks it.")

        @Argument(help: "mnist, fashion-mnist or cifar10; several may be given.")
        var names: [String]

        @Option(name: .long, help: ArgumentHelp("Fetch from this folder instead of the official ones.", valueName: "url"))
        var mirror: String?

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            for name in names {
                let known = Catalog.entries.map(\.name)
                guard known.contains(name) else { throw UsageError.unknown("data set", name, among: known) }
            }
        }

        func run() throws {
            let log = FetchLog(isQuiet: output.quiet)
            var fetched = [JSON]()
            for name in names {
                let entry = try Catalog.entry(named: name)
                let path: String?
                do {
                    defer { log.finish() }
                    path = entry.isBuiltIn ? nil : try Fetch.fetch(
                        entry, into: DataDirectory.writable(among: DataDirectory.candidates(directory: data.dataDir)),
                        mirror: mirror, progress: log.handler)
                }
                fetched.append(DataSets.json(entry, path: path))
                if !output.json { Output.line("\(name)  \(path ?? "built in, nothing to fetch")") }
            }
            if output.json { Output.line(JSON.array(fetched).text) }
        }
    }

    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describes a data set: pictures, classes, how many of each.")

        @Argument(help: "A data set's name or path.")
        var name: String

        @Flag(name: .long, help: "Decode every picture, and tell which cannot be read.")
        var check = false

        @OptionGroup var data: DataOptions
        @OptionGroup var seed: SeedOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let set = try DataSource(name, directory: data.dataDir, seed: seed.seed).open([.train, .test], output)
            let entry = Catalog.entries.first { $0.name == name }
            let path = entry == nil ? name : try DataSet.path(of: name, directory: data.dataDir)
            let shape = set.shape ?? entry?.shape
            let parts = set.hasValidation ? DataSet.Split.allCases : [.train, .test]
            let counts = parts.map { Info.histogram(set.labels(of: $0), classes: set.classes.count) }
            let broken = check ? parts.flatMap(set.check) : []
            guard !output.json else {
                let perClass = set.classes.indices.map { index -> JSON in
                    .object([("class", .string(set.classes[index]))] + parts.indices.map { (parts[$0].rawValue, .integer(counts[$0][index])) })
                }
                var members: [(String, JSON)] = [("name", .string(name)), ("path", JSON(path))]
                members += parts.indices.map { (parts[$0].rawValue, .integer(counts[$0].reduce(0, +))) }
                members += [
                    ("classes", JSON(set.classes)), ("shape", shape.map { JSON($0.extents) } ?? .null), ("counts", .array(perClass)),
                    ("skipped", .integer(set.skipped.count)), ("files", .array((entry?.files ?? []).map(DataSets.json))),
                ]
                if check { members.append(("broken", .array(broken.map { .string($0.description) }))) }
                Output.line(JSON.object(members).text)
                return
            }
            Output.line("\(name): pictures of \(shape.map(\.description) ?? "any size"), \(path ?? "built in")\n")
            var table = Table([("class", .left)] + parts.map { ($0.description, .right) })
            for (index, label) in set.classes.enumerated() { table.add([label] + counts.map { Numbers.grouped($0[index]) }) }
            table.addRule()
            table.add(["total"] + counts.map { Numbers.grouped($0.reduce(0, +)) })
            Output.line(table.text)
            for error in broken { Output.line("broken: \(error)") }
            if check { Output.line("\(Numbers.grouped(counts.joined().reduce(0, +))) pictures decoded, \(Numbers.grouped(broken.count)) broken") }
            for file in entry?.files ?? [] { Output.line("\(file.sha256)  \(file.name)") }
        }

        private static func histogram(_ labels: [Int32], classes: Int) -> [Int] {
            labels.reduce(into: Array(repeating: 0, count: classes)) { $0[Int($1)] += 1 }
        }
    }

    static func json(_ entry: CatalogEntry, path: String?) -> JSON {
        [
            "name": .string(entry.name), "path": JSON(path), "train": .integer(entry.trainCount), "test": .integer(entry.testCount),
            "classes": JSON(entry.classes), "shape": JSON(entry.shape.extents), "files": .array(entry.files.map(json)),
        ]
    }

    static func json(_ file: RemoteFile) -> JSON {
        ["name": .string(file.name), "size": .integer(file.size), "sha256": .string(file.sha256)]
    }
}
