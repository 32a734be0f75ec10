import StriateLanes

/// Copies elements of lanes from wherever they lie to wherever they belong: slices, concatenations, transpositions, repetitions.
struct ElementCopyStep: GroupStep {
    /// Source (a) and target (b).
    let walk: ElementWalk
    let source: Slot, target: Slot
    /// Elements from the buffers' starts.
    let sourceStart: Int, targetStart: Int

    private var pieces: Parts { Parts(walk.count) }
    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let source = frame.lanes(source) + sourceStart, target = frame.lanes(target) + targetStart
        walk.forEachRow(of: pieces[part]) { _, from, to, steps, count in
            for i in 0..<count { target[to &+ i &* steps.b] = source[from &+ i &* steps.a] }
        }
    }
}

/// The same for floats that all images share.
struct SharedElementCopyStep: BatchStep {
    let walk: ElementWalk
    let source: Slot, target: Slot
    let sourceStart: Int, targetStart: Int

    private var pieces: Parts { Parts(floats: walk.count) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let source = frame.floats(source) + sourceStart, target = frame.floats(target) + targetStart
        walk.forEachRow(of: pieces[part]) { _, from, to, steps, count in
            for i in 0..<count { target[to &+ i &* steps.b] = source[from &+ i &* steps.a] }
        }
    }
}
