import Foundation
import StriateData
import StriateGraph
import Synchronization
import Testing

@Suite struct FetchTests {
    private static let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    private func entry(_ bodies: [UInt8]...) -> CatalogEntry {
        CatalogEntry(
            name: "toy", summary: "", shape: [1, 1, 1], trainCount: 0, testCount: 0, classes: [], mirrors: [],
            files: bodies.enumerated().map { RemoteFile(name: "file\($0)", size: $1.count, sha256: Checksum.sha256(of: $1)) })
    }

    /// Runs a server with these files, and a folder to fetch into.
    private func serving(_ files: LoopbackServer.File..., then body: (LoopbackServer, String) throws -> Void) throws {
        let server = try LoopbackServer(Dictionary(uniqueKeysWithValues: files.enumerated().map { ("file\($0)", $1) }))
        defer { server.stop() }
        try withFolder { try body(server, $0) }
    }

    private func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }

    private func names(in folder: String) -> [String]? { try? FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test func filesArriveWholeWithProgress() throws {
        let small: [UInt8] = [1, 2, 3]
        try serving(.init(body: Self.body), .init(body: small)) { server, folder in
            let seen = Mutex<[FetchProgress]>([])
            let place = try Fetch.fetch(entry(Self.body, small), into: folder, mirror: server.address) { progress in
                seen.withLock { $0.append(progress) }
            }
            #expect(place == folder + "/toy")
            #expect(contents(place + "/file0") == Self.body && contents(place + "/file1") == small)
            #expect(names(in: place) == ["file0", "file1"], "nothing else is left")
            let steps = seen.withLock { $0 }
            #expect(steps.last?.received == 3 && steps.last?.file == "file1")
            #expect(steps.contains { $0.received == Self.body.count && $0.size == Self.body.count })
        }
    }

    @Test func whatIsThereIsNotFetchedAgainUnlessDamaged() throws {
        try serving(.init(body: Self.body)) { server, folder in
            try save(Self.body, to: folder + "/toy/file0")
            _ = try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address)
            #expect(server.ranges.isEmpty)
            try save([1], to: folder + "/toy/file0")
            _ = try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address)
            #expect(contents(folder + "/toy/file0") == Self.body)
        }
    }

    @Test func aBrokenConnectionIsTakenUpAgain() throws {
        try serving(.init(body: Self.body, cuts: [100_000, 50_000])) { server, folder in
            _ = try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address)
            #expect(contents(folder + "/toy/file0") == Self.body)
            #expect(server.ranges.count == 3 && server.ranges[0] == "" && server.ranges[1...].allSatisfy { $0.hasPrefix("bytes=") })
        }
    }

    @Test func anEarlierAttemptIsContinued() throws {
        try serving(.init(body: Self.body)) { server, folder in
            try save(Array(Self.body.prefix(1234)), to: folder + "/toy/file0.part")
            _ = try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address)
            #expect(server.ranges == ["bytes=1234-"])
            #expect(contents(folder + "/toy/file0") == Self.body)
        }
    }

    @Test func aConnectionThatMakesNoHeadwayEndsWithWhatCameKept() throws {
        try serving(.init(body: Self.body, cuts: [1000, 0])) { server, folder in
            let message = complaint { () throws(DataError) in try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address) }
            #expect(message.contains("1000 of 300000 bytes are kept; run it again"), "\(message)")
            #expect(contents(folder + "/toy/file0.part") == Array(Self.body.prefix(1000)))
            #expect(contents(folder + "/toy/file0") == nil)
        }
    }

    @Test func aServerWithoutRangesStartsOver() throws {
        try serving(.init(body: Self.body, knowsRanges: false)) { server, folder in
            try save(Array(repeating: 9, count: 5000), to: folder + "/toy/file0.part")
            _ = try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address)
            #expect(server.ranges == ["bytes=5000-"])
            #expect(contents(folder + "/toy/file0") == Self.body)
        }
    }

    @Test func aWrongChecksumThrowsAwayWhatCame() throws {
        var wrong = Self.body
        wrong[7] ^= 1
        try serving(.init(body: wrong)) { server, folder in
            let message = complaint { () throws(DataError) in try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address) }
            #expect(message.contains("SHA-256 is wrong"), "\(message)")
            #expect(names(in: folder + "/toy") == [])
        }
    }

    @Test func theNextMirrorIsTriedWhereOneFails() throws {
        var wrong = Self.body
        wrong[7] ^= 1
        try serving(.init(body: wrong)) { bad, folder in
            try serving(.init(body: Self.body)) { good, _ in
                let entry = CatalogEntry(
                    name: "toy", summary: "", shape: [1, 1, 1], trainCount: 0, testCount: 0, classes: [],
                    mirrors: [bad.address + "/", "http://127.0.0.1:1/", good.address], files: entry(Self.body).files)
                _ = try Fetch.fetch(entry, into: folder)
                #expect(contents(folder + "/toy/file0") == Self.body)
            }
        }
    }

    @Test(arguments: [(404, "no such file (HTTP 404)"), (503, "HTTP 503"), (416, "nothing beyond byte 0")])
    func refusalsAreNamed(_ status: Int, _ words: String) throws {
        try serving(.init(body: Self.body, status: status)) { server, folder in
            let message = complaint { () throws(DataError) in try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address) }
            #expect(message.contains(words) && message.hasPrefix(server.address) && !message.contains("\n"), "\(message)")
            #expect(names(in: folder + "/toy") == [])
        }
    }

    @Test func filesOfAnotherSizeAreRefusedAtOnce() throws {
        for body in [Self.body + [1], Array(Self.body.dropLast())] {
            try serving(.init(body: body)) { server, folder in
                let message = complaint { () throws(DataError) in try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address) }
                #expect(message.contains("the server has \(body.count) bytes, but the file should have 300000"), "\(message)")
            }
        }
    }

    @Test func aServerThatFallsSilentIsGivenUp() throws {
        try serving(.init(body: Self.body, isStuck: true)) { server, folder in
            let start = ContinuousClock.now
            let message = complaint { () throws(DataError) in
                try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address, idleLimit: 1)
            }
            #expect(!message.isEmpty && !message.contains("\n"))
            #expect(ContinuousClock.now - start < .seconds(25))
        }
    }

    @Test func noServerAndNoAddressAreNamed() throws {
        try withFolder { folder in
            #expect(complaint { () throws(DataError) in try Fetch.fetch(entry([1]), into: folder, mirror: "http://127.0.0.1:1") }.contains("cannot be reached"))
            for mirror in ["", "mnist", "file:///etc", "http://", "ftp://example.org"] {
                #expect(complaint { () throws(DataError) in try Fetch.fetch(entry([1]), into: folder, mirror: mirror) }.contains("no address of a mirror"))
            }
            #expect(complaint { () throws(DataError) in try Fetch.fetch(Catalog.digits, into: folder) }.contains("built in"))
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try withFolder { folder in
            try save([1], to: folder + "/file")
            let message = complaint { () throws(DataError) in try Fetch.fetch(entry([1]), into: folder + "/file", mirror: "http://127.0.0.1:1") }
            #expect(message.contains("cannot be made"))
        }
    }

    #if os(Linux)
    @Test(.enabled(if: access("/dev/full", W_OK) == 0, "needs /dev/full"))
    func aFullDiskIsNamed() throws {
        try serving(.init(body: Self.body)) { server, folder in
            try FileManager.default.createDirectory(atPath: folder + "/toy", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: folder + "/toy/file0.part", withDestinationPath: "/dev/full")
            let message = complaint { () throws(DataError) in try Fetch.fetch(entry(Self.body), into: folder, mirror: server.address) }
            #expect(message.contains("No space left on device; free some space"), "\(message)")
        }
    }
    #endif

    @Test func checksumsAreSHA256() throws {
        // The published value for "abc" (FIPS 180-2).
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Checksum.sha256(of: Array("abc".utf8)) == abc)
        try withFolder { folder in
            try save(Array("abc".utf8), to: folder + "/abc")
            #expect(try Checksum.sha256(ofFile: folder + "/abc") == abc)
        }
    }

    @Test func loadingFetchesWhatIsMissing() throws {
        let images = idx([1, 28, 28], Array(repeating: 5, count: 784))
        try serving(.init(body: images)) { server, folder in
            // The mirror has no MNIST: the error shows that it was asked.
            let message = complaint { () throws(DataError) in try DataSet.load("mnist", directory: folder, mirror: server.address) }
            #expect(message.contains("train-images-idx3-ubyte.gz: the server has no such file"), "\(message)")
        }
    }
}
