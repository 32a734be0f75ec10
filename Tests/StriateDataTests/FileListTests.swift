import Foundation
import StriateData
import StriateGraph
import Testing

/// A picture of one colour, as a file.
private func colour(_ level: Int) -> [UInt8] { Array("P5 1 1 255\n".utf8) + [UInt8(level)] }

@Suite struct FileListTests {
    /// Six pictures, some with odd names.
    private func fill(_ folder: String) throws {
        for (level, path) in ["a.pgm", "cats/b 1.pgm", "cats/c,\"2\".pgm", "dogs/d.pgm", "dogs/é.pgm", "dogs/f.pgm"].enumerated() {
            try save(colour(level), to: folder + "/" + path)
        }
    }

    /// Which pictures, by their level, have which class.
    private func classes(_ reader: DataReader, _ split: DataSet.Split = .train) throws -> [Int: String] {
        let set = try reader.images(split).images
        return Dictionary(uniqueKeysWithValues: (0..<set.count).map { (Int(set.pixels[$0]), set.classes[Int(set.labels[$0])]) })
    }

    @Test(arguments: [
        "path,label,split\na.pgm,10,train\ncats/b 1.pgm,9,train\n\"cats/c,\"\"2\"\".pgm\",10,val\n",
        "\u{FEFF}a.pgm,10,train\r\ncats/b 1.pgm , 9,train\r\n\"cats/c,\"\"2\"\".pgm\",10,valid\r\n\r\n",
        "split;id;class;image\ntrain;1;10;a.pgm\ntrain;2;9;cats/b 1.pgm\nvalidation;3;10;cats/c,\"2\".pgm\n",
        "filename\tlabel\tpart\na.pgm\t10\ttrain\n./cats/b 1.pgm\t9\ttrain\ncats/c,\"2\".pgm\t10\tval",
    ]) func tablesNamePicturesClassesAndParts(_ table: String) throws {
        try withFolder { folder in
            try fill(folder)
            let path = folder + (table.contains("\t") ? "/list.tsv" : "/list.csv")
            // Semicolons and tabs leave quotation marks alone only at a field's beginning.
            try save(Array(table.utf8), to: path)
            let reader = try DataReader(path)
            #expect(reader.classes == ["9", "10"] && reader.skipped.isEmpty)
            #expect(try classes(reader) == [0: "10", 1: "9"])
            #expect(try classes(reader, .validation) == [2: "10"])
            #expect(reader.splitTable == nil, "the table says it")
        }
    }

    @Test func linesNamePicturesAndClasses() throws {
        try withFolder { folder in
            try fill(folder)
            try save(Array("# comment\na.pgm bird\ncats/b 1.pgm\ndogs/é.pgm  wolf\ndogs/d.pgm\n\n".utf8), to: folder + "/list.txt")
            let reader = try DataReader(folder + "/list.txt", split: DataSplit(share: 0.01))
            #expect(reader.classes == ["bird", "cats", "dogs", "wolf"], "without a label the folder is the class")
            #expect(try classes(reader) == [0: "bird", 1: "cats", 3: "dogs", 4: "wolf"])
        }
    }

    @Test func whatCannotBeReadIsNamed() throws {
        try withFolder { folder in
            try fill(folder)
            func read(_ text: String) -> String {
                complaint { () throws(DataError) in
                    do { try save(Array(text.utf8), to: folder + "/list.csv") } catch { throw DataError("list", "\(error)") }
                    return try DataReader(folder + "/list.csv")
                }
            }
            #expect(read("a.pgm,x,practice\n").contains("line 1: \"practice\" is no part"))
            #expect(read("a.pgm,x\n\n,y\n").contains("line 3 names no file"))
            #expect(read("a.pgm,\"x\n").contains("line 1 opens a quotation mark that is never closed"))
            #expect(read("").contains("holds no data set"))
            #expect(read("gone.pgm,x\n").contains("gone.pgm: cannot be opened"))
            #expect(read("a.pgm\n").contains("has no label"))
            try save([0xFF, 0xFE, 0x41], to: folder + "/list.csv")
            #expect(complaint { () throws(DataError) in try DataReader(folder + "/list.csv") }.contains("is not text in UTF-8"))
            try save(Array("a.pgm,x\ngone.pgm,y\n/dev/zero,y\n".utf8), to: folder + "/list.csv")
            let reader = try DataReader(folder + "/list.csv")
            #expect(reader.skipped.count == 2 && reader.classes == ["x"], "a class without a picture that can be read is none")
        }
    }
}

@Suite struct SplitTests {
    private let network = Preprocessing([1, 1, 1], mean: [0], standardDeviation: [1])

    private func fill(_ folder: String, _ count: Int = 20) throws {
        for name in ["a", "b"] { for file in 0..<count { try save(colour(file + (name == "a" ? 0 : 100)), to: "\(folder)/\(name)/\(file).pgm") } }
    }

    private func levels(_ reader: DataReader, _ split: DataSet.Split) throws -> [Int] {
        try reader.images(split, for: network).images.pixels.map { Int($0) }
    }

    @Test func aSavedSplitCountsWhateverCameAfterwards() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            let first = try DataReader(folder + "/data", split: DataSplit(share: 0.3))
            try save(Array(try #require(first.splitTable).utf8), to: folder + "/split.csv")
            let saved = try SavedSplit(contentsOf: folder + "/split.csv")
            #expect(try levels(first, .test).count == 12)
            // New pictures and a new class would move others; the seed and the share do not matter any more.
            try save(colour(200), to: folder + "/data/a/new.pgm")
            try save(colour(201), to: folder + "/data/0/new.pgm")
            let later = try DataReader(folder + "/data", split: DataSplit(seed: 7, saved: saved))
            #expect(later.classes == ["a", "b"])
            #expect(try levels(later, .test) == levels(first, .test))
            #expect(try Set(levels(later, .train)) == Set(levels(first, .train)))
            #expect(later.skipped.map { ($0.file as NSString).lastPathComponent } == ["new.pgm", "new.pgm"])
            #expect(later.splitTable == first.splitTable)
            let loader = try later.loader(.test, for: network)
            #expect(try loader.fingerprint == first.loader(.test, for: network).fingerprint)
        }
    }

    @Test func aShareIsTakenFromTrainingPicturesWhereThereAreTestPictures() throws {
        try withFolder { folder in
            try fill(folder + "/train")
            try save(colour(250), to: folder + "/test/a/1.pgm")
            let plain = try DataReader(folder)
            #expect(!plain.hasValidation && plain.splitTable == nil)
            #expect(try levels(plain, .validation) == [250], "without a share test pictures stand in")
            let shared = try DataReader(folder, split: DataSplit(share: 0.25))
            #expect(shared.hasValidation)
            #expect(try levels(shared, .validation).count == 10 && levels(shared, .train).count == 30)
            #expect(try levels(shared, .test) == [250])
            #expect(try Set(levels(shared, .train)).isDisjoint(with: levels(shared, .validation)))
            try save(colour(251), to: folder + "/val/a/1.pgm")
            #expect(complaint { () throws(DataError) in try DataReader(folder, split: DataSplit(share: 0.25)) }.contains("leave --val-share out"))
        }
    }

    @Test func imagesInMemoryAreSharedTooTwinsTogether() throws {
        try withFolder { folder in
            // Four pictures, each five times.
            try save(idx([20, 1, 1], (0..<20).map { UInt8($0 % 4) }), to: folder + "/train-images-idx3-ubyte")
            try save(idx([20], (0..<20).map { UInt8($0 % 4 / 2) }), to: folder + "/train-labels-idx1-ubyte")
            try save(idx([1, 1, 1], [9]), to: folder + "/t10k-images-idx3-ubyte")
            try save(idx([1], [1]), to: folder + "/t10k-labels-idx1-ubyte")
            let reader = try DataReader(folder, splits: [.train, .validation], split: DataSplit(share: 0.5))
            let train = try levels(reader, .train), validation = try levels(reader, .validation)
            #expect(train.count == 10 && validation.count == 10 && Set(train).isDisjoint(with: validation))
            #expect(try levels(reader, .test) == [9] && reader.classes == ["0", "1"])
        }
    }

    @Test func aDamagedTableIsNamed() throws {
        try withFolder { folder in
            for (text, message) in [("path;label\n", "is not the table"), ("path,label,part\na,b\n", "line 2"), ("path,label,part\na,b,c\n", "line 2")] {
                try save(Array(text.utf8), to: folder + "/split.csv")
                #expect(complaint { () throws(DataError) in try SavedSplit(contentsOf: folder + "/split.csv") }.contains(message))
            }
        }
    }
}
