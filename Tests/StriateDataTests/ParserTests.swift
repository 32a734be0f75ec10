import StriateData
import StriateGraph
import Testing

@Suite struct IDXTests {
    private func decode(_ bytes: [UInt8]) -> String { complaint { () throws(DataError) in try IDX.decode(bytes, file: "x.idx") } }

    @Test func plainAndPackedFilesReadTheSame() throws {
        let file = idx([2, 2, 3], Array(1...12))
        #expect(try IDX.decode(file, file: "x").extents == [2, 2, 3])
        #expect(try IDX.decode(file, file: "x").bytes == Array(1...12))
        #expect(try IDX.decode(gzip(file), file: "x") == IDX.decode(file, file: "x"))
    }

    @Test func aGzipFileOfSeveralMembersIsOneStream() throws {
        let file = idx([2, 2, 3], Array(1...12))
        #expect(try IDX.decode(gzip(Array(file[..<9])) + gzip(Array(file[9...])), file: "x") == IDX.decode(file, file: "x"))
    }

    @Test func aHeaderMayClaimAnythingAndCostsNothing() {
        for extents in [[1 << 30, 1 << 10], [1 << 31, 28, 28], [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [1 << 16, 1 << 12, 1 << 12]] {
            for file in [idx(extents, [1, 2, 3]), gzip(idx(extents, [1, 2, 3]))] {
                let message = decode(file)
                #expect(message.contains("claims") && !message.contains("\n"), "\(message)")
            }
        }
    }

    @Test func damagedFilesEndInOneClearLine() {
        let file = idx([4], [1, 2, 3, 4])
        #expect(decode([]).contains("is not an IDX file"))
        #expect(decode([1, 2, 3, 4, 5]).contains("is not an IDX file"))
        #expect(decode(Array(file[..<6])).contains("ends inside its IDX header"))
        #expect(decode(Array(file.dropLast())) == "x.idx: claims 4 bytes, but is far too short for them; it is cut off or damaged")
        #expect(decode(file + [0]).contains("has more bytes"))
        #expect(decode([0, 0, 13, 1] + file[4...]).contains("type 0xd"))
        #expect(decode([0, 0, 8, 0]).contains("claims 0 dimensions"))
        let packed = gzip(file)
        #expect(decode(Array(packed.dropLast(9))).contains("cut off"))
        #expect(decode(packed + [1]).contains("1 bytes after the end"))
        var wrongSum = packed
        wrongSum[packed.count - 8] ^= 1
        #expect(decode(wrongSum).contains("incorrect data check"))
    }

    private func imageSet(_ images: [UInt8], _ labels: [UInt8], classes: [String]? = nil) throws -> String {
        try withFolder { folder in
            try save(images, to: folder + "/images")
            try save(labels, to: folder + "/labels")
            return complaint { () throws(DataError) in try IDX.imageSet(images: folder + "/images", labels: folder + "/labels", classes: classes) }
        }
    }

    @Test func imagesAndLabelsMustAgree() throws {
        let images = idx([2, 1, 2], [1, 2, 3, 4])
        #expect(try imageSet(images, idx([2], [0, 1])) == "")
        #expect(try imageSet(images, idx([3], [0, 1, 2])).contains("holds 3 labels for the 2 images"))
        #expect(try imageSet(images, idx([2], [0, 10]), classes: ["a", "b"]).contains("label 1 is 10, but there are only 2 classes"))
        #expect(try imageSet(idx([0, 28, 28], []), idx([0], [])).contains("holds no images"))
        #expect(try imageSet(idx([2, 0, 28], []), idx([2], [0, 1])).contains("empty images"))
        #expect(try imageSet(idx([4], [1, 2, 3, 4]), idx([2], [0, 1])).contains("images have 3"))
        #expect(try imageSet(images, images).contains("labels have 1"))
    }

    @Test func missingFilesAndFoldersAreNamed() throws {
        #expect(complaint { () throws(DataError) in try IDX.read(contentsOf: "/nowhere/x") } == "/nowhere/x: cannot be opened: No such file or directory")
        try withFolder { folder in
            #expect(complaint { () throws(DataError) in try IDX.read(contentsOf: folder) } == "\(folder): is a folder, not a file")
        }
    }
}

@Suite struct CIFARTests {
    @Test func recordsAreALabelAndThreePlanes() throws {
        let set = try CIFAR.decode([("a", cifar([3, 9])), ("b", cifar([0]))])
        #expect(set.shape == [3, 32, 32] && set.labels == [3, 9, 0])
        #expect(set[1].pixels.allSatisfy { $0 == 1 } && set[2].pixels.allSatisfy { $0 == 0 })
    }

    @Test func damagedFilesEndInOneClearLine() {
        func decode(_ bytes: [UInt8]) -> String { complaint { () throws(DataError) in try CIFAR.decode([("b.bin", bytes)]) } }
        #expect(decode([]) == "b.bin: holds no images")
        #expect(decode(cifar([1]).dropLast()).contains("no whole number"))
        #expect(decode(cifar([1]) + [0]).contains("no whole number"))
        #expect(decode(cifar([1, 10])) == "b.bin: image 1 has label 10, but there are only 10 classes")
    }
}

@Suite struct TarTests {
    private let archive = tar([("a/one.bin", [1, 2, 3]), ("a/two.bin", Array(repeating: 7, count: 513)), ("three", [])])

    @Test func wantedFilesComeOutPlainOrPacked() throws {
        for bytes in [archive, gzip(archive)] {
            let files = try Tar.files(in: bytes, file: "x.tar") { $0 != "a/one.bin" }
            #expect(files.map(\.path) == ["a/two.bin", "three"])
            #expect(files[0].bytes == Array(repeating: 7, count: 513) && files[1].bytes.isEmpty)
        }
    }

    @Test func damagedArchivesEndInOneClearLine() {
        func read(_ bytes: [UInt8], limit: Int = 1 << 20) -> String {
            complaint { () throws(DataError) in try Tar.files(in: bytes, file: "x.tar", limit: limit) { _ in true } }
        }
        #expect(read([]).contains("ends inside a tar header"))
        #expect(read(Array(repeating: 9, count: 2000)).contains("checksum"))
        // Headers at 0 and 1024, the second file's contents from 1536 on.
        #expect(read(Array(archive[..<1400])).contains("ends inside a tar header"))
        #expect(read(Array(archive[..<1900])).contains("far too short"))
        #expect(read(gzip(Array(archive[..<1900]))).contains("ends inside a/two.bin"))
        #expect(read(archive, limit: 500).contains("more than 500 bytes"))
        var lying = archive
        // One more octal digit in the size, and the checksum to match: 0o70000000003 bytes.
        lying[124] = UInt8(ascii: "7")
        lying.replaceSubrange(148..<154, with: Array("0".utf8) + tarSum(lying))
        #expect(read(lying).contains("far too short"))
        #expect(read(gzip(lying)).contains("far too short"))
    }

    private func tarSum(_ archive: [UInt8]) -> [UInt8] {
        let sum = archive[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        let digits = String(sum, radix: 8)
        return Array((String(repeating: "0", count: 5 - digits.count) + digits).utf8)
    }
}
