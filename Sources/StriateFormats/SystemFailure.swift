import Foundation

extension FormatError {
    /// Why a system call failed, in plain words; the system's own where there are no better ones.
    public static func reason(forErrno code: Int32) -> String {
        switch code {
        case ENOSPC: "no space left on device"
        case EDQUOT: "the disk quota is used up"
        case EROFS: "the file system is read-only"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "is a directory"
        case ENOENT: "no such file or folder"
        case ENOTDIR: "a part of the path is not a folder"
        case EFBIG: "the file would be larger than the system allows"
        case EMFILE, ENFILE: "too many open files"
        default: String(cString: strerror(code))
        }
    }
}

/// Repeats a system call for as long as signals interrupt it.
func retryingInterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
