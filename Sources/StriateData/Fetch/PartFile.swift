import Foundation
import Synchronization

/// A file that is being fetched: what an earlier attempt left, then what arrives, then renamed into place.
///
/// It is locked, so that two processes do not write into one file.
final class PartFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let failure = Mutex<DataError?>(nil)

    init(_ path: String) throws(DataError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DataError(path, "cannot be written: \(systemMessage()); name another folder with --data-dir") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw DataError(path, "another process is fetching this file; wait for it")
        }
    }

    deinit { close(descriptor) }

    /// Whether the disk, not the network, has failed: another mirror will not help.
    var isBroken: Bool { failure.withLock { $0 != nil } }

    var size: Int { max(0, Int(lseek(descriptor, 0, SEEK_END))) }

    func truncate() throws(DataError) {
        guard ftruncate(descriptor, 0) == 0 else { throw broken("cannot be emptied") }
    }

    func append(_ bytes: Data) throws(DataError) {
        lseek(descriptor, 0, SEEK_END)
        for region in bytes.regions {
            var rest = region.startIndex
            while rest < region.endIndex {
                let count = region[rest...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw broken("cannot be written") }
                rest += count
            }
        }
    }

    func rename(to final: String) throws(DataError) {
        guard fsync(descriptor) == 0 else { throw broken("cannot be written") }
        guard Foundation.rename(path, final) == 0 else { throw broken("cannot be renamed to \(final)") }
    }

    /// Leaves nothing behind where nothing has come.
    func removeIfEmpty() { if size == 0 { unlink(path) } }

    private func broken(_ what: String) -> DataError {
        let code = errno
        let advice = code == ENOSPC || code == EDQUOT ? "; free some space, or name another folder with --data-dir" : ""
        let error = DataError(path, "\(what): \(systemMessage(code))\(advice)")
        failure.withLock { $0 = $0 ?? error }
        return error
    }
}
