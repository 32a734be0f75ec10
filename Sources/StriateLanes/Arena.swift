#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One stretch of zeroed memory, aligned to pages, on huge pages where it is large and the system has them.
/// Pages that are never touched cost nothing.
public final class Arena: @unchecked Sendable {
    public let base: UnsafeMutableRawPointer
    public let byteCount: Int
    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int

    /// From here on whole huge pages are taken: a walk over a quarter of a megabyte already misses the first-level TLB.
    private static let hugeFrom = 256 << 10
    private static let hugePage = 2 << 20

    /// Returns nil where the system refuses so much memory.
    public init?(byteCount: Int) {
        let isHuge = byteCount >= Arena.hugeFrom
        // One page more than needed, so that the start can be moved to a boundary.
        let (padded, overflow) = max(byteCount, 1).addingReportingOverflow(isHuge ? 2 * Arena.hugePage - 1 : 0)
        guard !overflow else { return nil }
        mappedBytes = isHuge ? padded / Arena.hugePage * Arena.hugePage : padded
        #if canImport(Darwin)
        let flags = MAP_PRIVATE | MAP_ANON
        #else
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        guard let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else { return nil }
        self.mapping = mapping
        self.byteCount = byteCount
        guard isHuge else {
            base = mapping
            return
        }
        let boundary = (UInt(bitPattern: mapping) + UInt(Arena.hugePage) - 1) / UInt(Arena.hugePage) * UInt(Arena.hugePage)
        base = mapping + Int(boundary - UInt(bitPattern: mapping))
        #if !canImport(Darwin)
        madvise(base, mappedBytes - (base - mapping), 14)  // MADV_HUGEPAGE; a refusal costs only speed
        #endif
    }

    deinit { munmap(mapping, mappedBytes) }
}
