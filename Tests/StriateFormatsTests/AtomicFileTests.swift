import Foundation
import StriateFormats
import Testing

@Suite struct AtomicFileTests {
    private func contents(of folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test func aFileIsCreatedAndReplacedWhole() throws {
        try withFolder { folder in
            let path = "\(folder)/model"
            try AtomicFile.write([1, 2, 3], to: path)
            #expect(try bytes(path) == [1, 2, 3])
            try AtomicFile.write("four", to: path)
            #expect(try bytes(path) == Array("four".utf8))
            try AtomicFile.write([UInt8](), to: path)
            #expect(try bytes(path) == [])
            #expect(try contents(of: folder) == ["model"])
        }
    }

    @Test func aReaderNeverSeesHalfAFile() throws {
        try withFolder { folder in
            let path = "\(folder)/model"
            try AtomicFile.write([UInt8](repeating: 0, count: 1 << 20), to: path)
            let reader = try #require(FileHandle(forReadingAtPath: path))
            try AtomicFile.write([1], to: path)
            #expect(try reader.readToEnd()?.count == 1 << 20, "who had the old file open still has all of it")
        }
    }

    @Test func permissionsOfTheOldFileStay() throws {
        try withFolder { folder in
            let path = "\(folder)/model"
            try AtomicFile.write([1], to: path)
            chmod(path, 0o640)
            try AtomicFile.write([2], to: path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        }
    }

    @Test func aLinkIsFollowedAndStaysALink() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/there", withIntermediateDirectories: false)
            try AtomicFile.write([1], to: "\(folder)/there/model")
            symlink("there/model", "\(folder)/link")
            try AtomicFile.write([2], to: "\(folder)/link")
            #expect(try bytes("\(folder)/there/model") == [2])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "there/model")
        }
    }

    @Test func whatIsNoFileIsNotReplaced() throws {
        try withFolder { folder in
            mkfifo("\(folder)/pipe", 0o600)
            #expect(throws: FormatError(file: folder, "is a directory; name a file")) { try AtomicFile.write([1], to: folder) }
            #expect(throws: FormatError(file: "\(folder)/pipe", "is not a regular file")) { try AtomicFile.write([1], to: "\(folder)/pipe") }
            #expect(throws: FormatError.self) { try AtomicFile.write([1], to: "") }
            let names = try contents(of: folder)
            #expect(names == ["pipe"])
        }
    }

    @Test func aMissingFolderIsNamed() throws {
        try withFolder { folder in
            #expect(throws: FormatError(file: "\(folder)/no/model", "the folder \(folder)/no does not exist")) {
                try AtomicFile.write([1], to: "\(folder)/no/model")
            }
        }
    }

    @Test func aFailureAfterWritingLeavesNothingBehind() throws {
        try withFolder { folder in
            // The name is refused only when the finished file takes it.
            let path = "\(folder)/" + String(repeating: "n", count: 300)
            #expect(throws: FormatError.self) { try AtomicFile.write([1], to: path) }
            let names = try contents(of: folder)
            #expect(names.isEmpty)
        }
    }

    @Test(.disabled(if: geteuid() == 0, "the superuser may write everywhere")) func aFolderWithoutPermissionKeepsItsFile() throws {
        try withFolder { folder in
            let path = "\(folder)/model"
            try AtomicFile.write([1], to: path)
            chmod(folder, 0o500)
            defer { chmod(folder, 0o700) }
            #expect(throws: FormatError(file: path, "permission denied")) { try AtomicFile.write([2], to: path) }
            #expect(try bytes(path) == [1])
        }
    }

    @Test func whenNoMoreCanBeWrittenTheOldFileStays() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try withFolder { folder in
                let path = "\(folder)/model"
                try AtomicFile.write([1, 2, 3], to: path)
                // A process of its own, which may write no file of more than 1000 bytes: part of the new one goes out, the rest fails.
                signal(SIGXFSZ, SIG_IGN)
                limitFileSize(to: 1000)
                var message = ""
                do throws(FormatError) { try AtomicFile.write([UInt8](repeating: 0, count: 5000), to: path) } catch { message = error.description }
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                guard message == "\(path): the file would be larger than the system allows", names == ["model"] else { exit(1) }
                guard try bytes(path) == [1, 2, 3] else { exit(2) }
            }
            exit(7)
        }
    }
}

private func limitFileSize(to count: UInt) {
    var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
    #if canImport(Darwin)
    setrlimit(RLIMIT_FSIZE, &limit)
    #else
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    #endif
}
