import Foundation
import StriateData
import StriateGraph
import Synchronization
import Testing

/// A picture of one colour, as a file.
private func colour(_ level: Int) -> [UInt8] { Array("P5 3 2 255\n".utf8) + [UInt8](repeating: UInt8(level), count: 6) }

/// What lies in people's folders.
@Suite struct HazardTests {
    private let network = Preprocessing([1, 2, 2], mean: [0], standardDeviation: [1])

    @Test func whatIsNoRegularFileIsLeftOutAndNothingHangs() throws {
        try withFolder { folder in
            for file in 0..<10 { try save(colour(file), to: "\(folder)/a/\(file).pgm") }
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
            #expect(mkfifo(folder + "/a/pipe.jpg", 0o600) == 0)
            try FileManager.default.createSymbolicLink(atPath: folder + "/a/device.jpg", withDestinationPath: "/dev/zero")
            try FileManager.default.createSymbolicLink(atPath: folder + "/a/self", withDestinationPath: folder + "/a/self")
            try FileManager.default.createSymbolicLink(atPath: folder + "/a/up", withDestinationPath: "..")
            #if canImport(Darwin)
            let socket = Foundation.socket(AF_UNIX, SOCK_STREAM, 0)
            #else
            let socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            #endif
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = folder + "/a/s.jpg"
            #expect(name.utf8.count < 100)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            #expect(bound == 0)
            let reader = try DataReader(folder)
            #expect(reader.classes == ["a"], "an empty folder is no class")
            #expect(reader.skipped.map { ($0.file as NSString).lastPathComponent } == ["device.jpg", "pipe.jpg", "s.jpg", "self"])
            #expect(try reader.images(.train).images.count + reader.images(.test).images.count == 10)
        }
    }

    @Test func filesThatCannotBeOpenedAreNamed() throws {
        // To the superuser every file is open.
        guard geteuid() != 0 else { return }
        try withFolder { folder in
            for file in 0..<4 { try save(colour(file), to: "\(folder)/a/\(file).pgm") }
            chmod(folder + "/a/2.pgm", 0)
            #expect(try DataReader(folder).skipped.map(\.description).first?.contains("Permission denied") == true)
        }
    }

    @Test func filesThatVanishOrChangeWhileTheyAreReadAreLeftOut() throws {
        try withFolder { folder in
            for file in 0..<12 { try save(colour(file), to: "\(folder)/train/a/\(file).pgm") }
            try save(colour(99), to: folder + "/test/a/1.pgm")
            let told = Mutex<[String]>([])
            var settings = LoadingSettings()
            settings.cache = LoadingSettings.Cache.none
            settings.onSkip = { error in told.withLock { $0.append(error.description) } }
            let loader = try DataReader(folder).loader(.train, for: network, settings: settings)
            try FileManager.default.removeItem(atPath: folder + "/train/a/3.pgm")
            try save(Array("P5 3 2 255\nx".utf8), to: folder + "/train/a/4.pgm")
            try save([], to: folder + "/train/a/5.pgm")
            let stream = loader.batches(of: 5)
            var count = 0
            while let batch = try stream.next() { count += batch.count }
            #expect(count == 9 && loader.skippedCount == 3)
            let all = told.withLock { $0.joined(separator: "\n") }
            #expect(all.contains("3.pgm: cannot be opened") && all.contains("4.pgm: claims 3×2 pixels") && all.contains("5.pgm: is empty"))
        }
    }

    @Test func hugeClaimsAndTinyPicturesAreNoProblem() throws {
        try withFolder { folder in
            // 30,000×30,000 in a header, and a picture of one pixel.
            let header: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
                + bigEndian(30000) + bigEndian(30000) + [8, 2, 0, 0, 0, 0, 0, 0, 0]
            try save(header, to: folder + "/train/a/huge.png")
            try save(colour(99), to: folder + "/test/a/1.pgm")
            try save(Array("P5 1 1 255\n~".utf8), to: folder + "/train/a/ein Punkt ☺.pgm")
            let loaded = try DataReader(folder).images(.train, for: network)
            #expect(loaded.images.count == 1 && loaded.images.pixels == [126, 126, 126, 126])
            #expect(loaded.skipped.map(\.description).first?.contains("claims 30000×30000 pixels") == true)
        }
    }

    @Test func pathsInArchivesAreNamesAndNothingElse() throws {
        try withFolder { folder in
            let files = ["../../evil/x.pgm", "/etc/x.pgm", "data/../up/x.pgm", "a/1.pgm", "a/2.pgm", "./a//3.pgm"].enumerated().map {
                (path: $1, bytes: colour($0))
            }
            try save(tar(files), to: folder + "/inner/data.tar")
            try save(gzip(tar(files)), to: folder + "/inner/data.tar.gz")
            for name in ["data.tar", "data.tar.gz"] {
                let reader = try DataReader(folder + "/inner/" + name)
                #expect(reader.classes == ["a", "etc"])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["inner"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/inner").count == 2)
        }
    }

    @Test func archivesThatAreCutOffAreNamed() throws {
        try withFolder { folder in
            let archive = tar((0..<4).map { ("a/\($0).pgm", colour($0)) }), packed = gzip(archive)
            for (name, bytes) in [("x.tar", Array(archive[..<1300])), ("y.tar", Array(archive[..<1540])), ("z.tar.gz", Array(packed.prefix(packed.count / 2)))] {
                try save(bytes, to: folder + "/" + name)
                #expect(complaint { () throws(DataError) in try DataReader(folder + "/" + name) }.contains("cut off"), "\(name)")
            }
        }
    }

    @Test func aPlainArchiveIsReadInPlace() throws {
        try withFolder { folder in
            let path = folder + "/x.tar"
            let test = [(path: "test/a/1.pgm", bytes: colour(99))]
            try save(tar((0..<6).map { ("train/a/\($0).pgm", colour($0)) } + test), to: path)
            let reader = try DataReader(path)
            #expect(try Set(reader.images(.train).images.pixels) == Set(0..<6))
            // What comes after the index was read is seen: the bytes are not in memory.
            try save(tar((0..<6).map { ("train/a/\($0).pgm", colour($0 + 50)) } + test), to: path)
            #expect(try Set(reader.images(.train).images.pixels) == Set(50..<56))
            truncate(path, 1200)
            let cut = try reader.images(.train)
            #expect(cut.images.pixels.count == 6 && cut.skipped.count == 5)
            #expect(cut.skipped.allSatisfy { $0.message.contains("shorter than it was") })
        }
    }
}

@Suite struct DiskCacheTests {
    private let network = Preprocessing([1, 2, 2], mean: [0], standardDeviation: [1])

    private func pixels(_ data: String, _ cache: String) throws -> [UInt8] {
        var settings = LoadingSettings()
        (settings.cache, settings.cacheFolder) = (.disk, cache)
        let stream = try DataReader(data).loader(.train, for: network, settings: settings).batches(of: 100)
        return try stream.next()?.pixels ?? []
    }

    @Test func picturesAreFoundAgainUntilTheyChange() throws {
        try withFolder { folder in
            let (data, cache) = (folder + "/data", folder + "/cache")
            for file in 0..<6 { try save(colour(file), to: "\(data)/train/a/\(file).pgm") }
            try save(Array("P5 3 2 255\n".utf8), to: data + "/train/a/broken.pgm")
            try save(colour(99), to: data + "/test/a/1.pgm")
            let first = try pixels(data, cache)
            #expect(Set(first) == Set(0..<6) && first.count == 24)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: cache).first), path = cache + "/" + name
            var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
            // A picture that is damaged in the file is decoded again.
            bytes[bytes.count - 1] ^= 0xFF
            try save(bytes, to: path)
            #expect(try pixels(data, cache) == first)
            // One that is whole is taken from it: the same name, size and time, other content.
            let place = data + "/train/a/2.pgm", time = try FileManager.default.attributesOfItem(atPath: place)[.modificationDate] as Any
            try save(colour(77), to: place)
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: place)
            let kept = try pixels(data, cache)
            #expect(kept == first || kept.contains(77), "file systems may keep times less finely")
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: place)
            #expect(try pixels(data, cache).contains(77))
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 1, "an old file is replaced")
            for length in [0, 10, bytes.count / 4, bytes.count / 2] {
                try save(Array(bytes.prefix(length)), to: path)
                #expect(try pixels(data, cache).contains(77))
            }
        }
    }

    @Test func aFolderThatCannotBeWrittenToIsOneClearLine() throws {
        try withFolder { folder in
            try save(colour(1), to: folder + "/data/train/a/1.pgm")
            try save([1], to: folder + "/file")
            #expect(complaint { () throws(DataError) in
                do { _ = try pixels(folder + "/data", folder + "/file/cache") } catch let error as DataError { throw error } catch { return }
            }.contains("choose --cache ram or none"))
        }
    }
}
