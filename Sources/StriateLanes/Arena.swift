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
    private let mapped: Int

    /// Returns nil where the system refuses so much memory.
    public init?(byteCount: Int) {
        let huge = 2 << 20
        let mapped = max(byteCount, 1)
        let (rounded, overflow) = mapped.addingReportingOverflow(huge - 1)
        guard !overflow else { return nil }
        self.mapped = mapped >= huge ? rounded / huge * huge : mapped
        #if canImport(Darwin)
        let flags = MAP_PRIVATE | MAP_ANON
        #else
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        guard let base = mmap(nil, self.mapped, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else { return nil }
        #if !canImport(Darwin)
        if mapped >= huge { madvise(base, self.mapped, 14) }  // MADV_HUGEPAGE; a refusal costs only speed
        #endif
        self.base = base
        self.byteCount = byteCount
    }

    deinit { munmap(base, mapped) }
}
