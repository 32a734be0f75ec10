import Foundation
import StriateData
import StriateGraph
import Testing

/// A picture of one colour, as a file.
private func colour(_ level: Int, rows: Int = 2, columns: Int = 3) -> [UInt8] {
    Array("P6 \(columns) \(rows) 255\n".utf8) + [UInt8](repeating: UInt8(truncatingIfNeeded: level), count: 3 * rows * columns)
}

/// The first byte of each image, which tells them apart.
private func levels(_ set: ImageSet) -> [Int] { (0..<set.count).map { Int(set.pixels[$0 * set.shape.count]) } }

@Suite struct ClassFolderTests {
    private let network = Preprocessing([3, 4, 4], mean: [0, 0, 0], standardDeviation: [1, 1, 1])

    @Test func partsAndClassesAreFolders() throws {
        for (test, split) in [("val", DataSet.Split.validation), ("valid", .validation), ("validation", .validation), ("test", .test)] {
            try withFolder { folder in
                for (path, level) in [("train/10/a.ppm", 1), ("train/7/deeper/b.ppm", 2), ("\(test)/10/c.ppm", 3), ("\(test)/9/d.ppm", 4)] {
                    try save(colour(level), to: folder + "/" + path)
                }
                let reader = try DataReader(folder)
                #expect(reader.classes == ["7", "9", "10"], "in natural order, those of one part alone too")
                let train = try reader.images(.train).images, other = try reader.images(split).images
                #expect(Set(zip(levels(train), train.labels).map { [$0, Int($1)] }) == [[1, 2], [2, 0]])
                #expect(levels(other) == [4, 3] && other.labels == [1, 2])
                #expect(try reader.images(split == .test ? .validation : .test).images == other, "one stands in for the other")
                #expect(!reader.hasValidation && reader.skipped.isEmpty)
            }
        }
    }

    @Test func validationAndTestCanBeTwo() throws {
        try withFolder { folder in
            for (path, level) in [("train/a/1.ppm", 1), ("val/a/1.ppm", 2), ("test/a/1.ppm", 3)] { try save(colour(level), to: folder + "/" + path) }
            let reader = try DataReader(folder)
            #expect(reader.hasValidation)
            #expect(try levels(reader.images(.validation).images) == [2] && levels(reader.images(.test).images) == [3])
            try save(colour(4), to: folder + "/valid/a/1.ppm")
            #expect(complaint { () throws(DataError) in try DataReader(folder) }.contains("has two folders of validation pictures, val and valid"))
        }
    }

    @Test func aClassMayBeCalledTrain() throws {
        try withFolder { folder in
            for name in ["bus", "train"] { for file in 0..<5 { try save(colour(file), to: "\(folder)/\(name)/\(file).ppm") } }
            #expect(try DataReader(folder).classes == ["bus", "train"])
        }
    }

    /// Three classes of 50, 20 and 2 pictures; of the first, ten files have the bytes of ten others.
    private func fill(_ folder: String) throws {
        for (name, count) in [("a", 50), ("b", 20), ("c", 2)] {
            for file in 0..<count {
                let twin = name == "a" && file >= 40 ? file - 10 : file
                try save(colour(twin, rows: name == "a" ? 1 : name == "b" ? 2 : 3), to: "\(folder)/\(name)/\(file).ppm")
            }
        }
    }

    @Test func aSplitKeepsSharesOfClassesAndDuplicatesTogether() throws {
        try withFolder { folder in
            try fill(folder)
            var tests = Set<[UInt8]>()
            for seed in 1...20 as ClosedRange<UInt64> {
                let reader = try DataReader(folder, split: DataSplit(seed: seed))
                let train = try reader.images(.train, for: network).images, test = try reader.images(.test, for: network).images
                #expect(train.count + test.count == 72)
                func counts(_ set: ImageSet) -> [Int] { (0..<3).map { label in set.labels.count { Int($0) == label } } }
                #expect(counts(test) == [10, 4, 1], "a fifth, but one at least")
                #expect(counts(train) == [40, 16, 1])
                let inTest = Set(zip(levels(test), test.labels).filter { $0.1 == 0 }.map(\.0))
                let inTrain = Set(zip(levels(train), train.labels).filter { $0.1 == 0 }.map(\.0))
                #expect(inTest.isDisjoint(with: inTrain), "twins are on one side")
                tests.insert(test.pixels)
            }
            #expect(tests.count > 15, "other seeds, other splits")
        }
    }

    @Test func aSplitDependsOnTheSeedAndTheNamesAlone() throws {
        try withFolder { folder in
            try fill(folder + "/here")
            try fill(folder + "/elsewhere/flowers")
            let here = try DataReader(folder + "/here").images(.train, for: network).images
            #expect(try DataReader(folder + "/elsewhere").images(.train, for: network).images == here)
            // Whatever a training is seeded with.
            #expect(try DataReader(folder + "/here", seed: 9).images(.train, for: network).images == here)
            #expect(here.prefix(12).labels.contains(1), "training pictures are mixed")
        }
    }

    @Test func aClassOfCopiesStaysInOnePart() throws {
        try withFolder { folder in
            for file in 0..<6 { try save(colour(1), to: "\(folder)/same/\(file).ppm") }
            for file in 0..<6 { try save(colour(2 + file % 2), to: "\(folder)/pairs/\(file).ppm") }
            let reader = try DataReader(folder)
            #expect(try Set(levels(reader.images(.test).images)).count == 1, "three twins are more than a fifth, but there must be some")
            #expect(try levels(reader.images(.train).images).sorted().prefix(6) == [1, 1, 1, 1, 1, 1])
        }
    }

    @Test func anArchiveIsTheFolderThatItUnpacksTo() throws {
        try withFolder { folder in
            try fill(folder + "/data")
            var files = [(path: String, bytes: [UInt8])]()
            for path in try Picture.files(below: folder + "/data").shuffled() {
                let bytes = try #require(FileManager.default.contents(atPath: path))
                files.append(("./data" + path.dropFirst((folder + "/data").count), [UInt8](bytes)))
            }
            files.append(("./data/a/._1.ppm", [1]))
            try save(tar(files), to: folder + "/data.tar")
            try save(gzip(tar(files)), to: folder + "/data.tar.gz")
            let wanted = try DataReader(folder + "/data")
            for name in ["data.tar", "data.tar.gz"] {
                let reader = try DataReader(folder + "/" + name)
                #expect(reader.classes == wanted.classes && reader.skipped.isEmpty)
                for split in [DataSet.Split.train, .test] {
                    #expect(try reader.images(split, for: network).images == wanted.images(split, for: network).images)
                }
            }
        }
    }

    @Test func longPathsInArchivesAreWhole() throws {
        let long = "train/" + String(repeating: "class of a long name ", count: 8) + "/é.ppm"
        func extended(_ kind: String, _ bytes: [UInt8]) -> [UInt8] {
            var archive = Array(tar([("header", bytes)]).dropLast(1024))
            archive[156] = UInt8(ascii: Unicode.Scalar(kind) ?? "0")
            let sum = archive[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
            archive.replaceSubrange(148..<154, with: Array(("00000" + String(sum, radix: 8)).suffix(6).utf8))
            return archive
        }
        let record = " path=" + long + "\n"
        let length = record.utf8.count + 3
        for header in [extended("L", Array(long.utf8) + [0]), extended("x", Array("11 mtime=1\n\(length)\(record)".utf8))] {
            let files = try Tar.files(in: header + tar([("short", [7])]), file: "x") { _ in true }
            #expect(files.map(\.path) == [long] && files.first?.bytes == [7])
        }
    }

    @Test func brokenFilesAreNamedAndLeftOut() throws {
        try withFolder { folder in
            for file in 0..<10 { try save(colour(file), to: "\(folder)/train/a/\(file).ppm") }
            try save(colour(77), to: folder + "/train/b/1.ppm")
            try save(Array(colour(3).dropLast()), to: folder + "/train/b/cut.ppm")
            try save(Array("notes".utf8), to: folder + "/train/b/notes.txt")
            try save(colour(5), to: folder + "/train/stray.ppm")
            try save(Array("about it".utf8), to: folder + "/README")
            try save([1], to: folder + "/train/.DS_Store")
            try save([1], to: folder + "/train/only text/1.txt")
            try save(colour(9), to: folder + "/test/b/1.ppm")
            try FileManager.default.createSymbolicLink(atPath: folder + "/train/a/circle", withDestinationPath: folder + "/train")
            try FileManager.default.createSymbolicLink(atPath: folder + "/train/b/gone.ppm", withDestinationPath: "nowhere")
            let reader = try DataReader(folder)
            #expect(reader.classes == ["a", "b"])
            #expect(reader.skipped.map { ($0.file as NSString).lastPathComponent } == ["gone.ppm", "notes.txt", "1.txt", "stray.ppm"])
            let loaded = try reader.images(.train, for: network)
            #expect(loaded.images.count == 11 && loaded.images.labels.count { $0 == 1 } == 1)
            #expect(Set(levels(loaded.images)) == Set(Array(0..<10) + [77]))
            #expect(loaded.skipped.count == 1 && loaded.skipped[0].file.hasSuffix("/train/b/cut.ppm"))
            #expect(try reader.images(.train, for: network, limit: 3).images.count <= 3)
        }
    }

    @Test func impossibleFoldersEndInOneClearLine() throws {
        try withFolder { folder in
            func message(_ path: String = "") -> String { complaint { () throws(DataError) in try DataReader(folder + path).images(.train) } }
            try save(colour(1), to: folder + "/x/photo.ppm")
            #expect(message("/x").contains("pictures in a folder for each class") && message("/x").contains("lies in no class's folder"))
            try save(colour(1), to: folder + "/mixed/train/a/1.ppm")
            try save(colour(1, rows: 9), to: folder + "/mixed/train/a/2.ppm")
            try save(colour(1, rows: 9), to: folder + "/mixed/test/a/2.ppm")
            #expect(message("/mixed").contains("pictures of several sizes need a network"))
            try save(colour(1), to: folder + "/late/test/a/1.ppm")
            #expect(message("/late").contains("has no training pictures"))
            try save(Array(colour(1).dropLast()), to: folder + "/bad/a/1.ppm")
            #expect(message("/bad").contains("none of its pictures can be read"))
            let huge = Preprocessing([3, 1 << 20, 1 << 20], mean: [0, 0, 0], standardDeviation: [1, 1, 1])
            #expect(complaint { () throws(DataError) in try DataReader(folder + "/mixed").images(.train, for: huge) }.contains("GiB of memory"))
        }
    }

    @Test func onePictureIsADataSet() throws {
        try withFolder { folder in
            try save(colour(8, rows: 1, columns: 1), to: folder + "/ein Schäfchen/Bild 1.ppm")
            let set = try DataSet.load(folder)
            #expect(set.train.count == 1 && set.test.count == 0 && set.train.classes == ["ein Schäfchen"])
        }
    }

    @Test(.enabled(if: realData != nil, "needs STRIATE_DATA"))
    func CIFARIsReadFromItsJPEGArchive() throws {
        let set = try DataSet.load("cifar10")
        #expect(set.train.count == 50000 && set.test.count == 10000 && set.train.classes == CIFAR.classes)
        #expect((0..<10).allSatisfy { label in set.train.labels.count { $0 == label } == 5000 })
        // Channel means of the training part as published beside the files: 0.4913, 0.4821, 0.4465.
        for (channel, mean) in [0.4913, 0.4821, 0.4465].enumerated() {
            var sum = 0
            for image in 0..<set.train.count {
                let start = image * 3072 + channel * 1024
                for pixel in start..<start + 1024 { sum += Int(set.train.pixels[pixel]) }
            }
            #expect(abs(Double(sum) / Double(50000 * 1024 * 255) - mean) < 0.0002)
        }
    }
}
