#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How many connections this process can have: each needs a file, and the process needs some of its own.
enum OpenFiles {
    private static let own = 64

    static var mostConnections: Int {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 1 << 31 else { return Int(Int32.max) }
        return max(1, Int(limit.rlim_cur) - own)
    }
}
