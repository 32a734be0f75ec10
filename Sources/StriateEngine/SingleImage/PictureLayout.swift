import StriateGraph
import StriateLanes

/// How one image's value lies in memory while lanes hold channels: `[block of channels][row][pixel][channel of the block]` of floats.
///
/// A vector of features is a picture of one pixel, so its floats follow one another. Channels that fill up the last block hold anything.
struct PictureLayout: Hashable, Sendable {
    let channels: Int
    let size: Extent
    /// Channels that are neighbours at each pixel: a lane's width, or 1 where each channel is a plane of its own.
    var interleaved = Lane.width
    /// Pixels of zeros before and behind each row, which kernels may read.
    var left = 0
    var right = 0

    var blocks: Int { (channels + interleaved - 1) / interleaved }
    /// Pixels from one row, and from one block, to the next.
    var row: Int { left + size.columns + right }
    var block: Int { size.rows * row }

    /// What the value occupies, in lanes.
    var lanes: Int { (blocks * block * interleaved + Lane.width - 1) / Lane.width }

    /// Rows of all blocks.
    var lines: Int { blocks * size.rows }

    var isVector: Bool { size.count == 1 && left + right == 0 && interleaved == Lane.width }

    /// The first pixel of a row of a block, counted in pixels: where lanes hold channels, in lanes.
    @inline(__always)
    func pixel(block: Int, row: Int) -> Int { (block &* size.rows &+ row) &* self.row &+ left }

    /// Where a channel of pixel 0 of a row lies, in floats.
    @inline(__always)
    func float(channel: Int, row: Int) -> Int {
        pixel(block: channel / interleaved, row: row) &* interleaved &+ channel % interleaved
    }

    /// Writes the zeros beside a row that begins at `line`.
    @inline(__always)
    func clearMargins(_ line: MutableLanePointer) {
        for i in 0..<left { line[i &- left] = .zero }
        for i in 0..<right { line[size.columns &+ i] = .zero }
    }

    /// As a convolution sees it.
    var source: ChannelWalk.Source {
        if isVector { return ChannelWalk.Source(interleaved: max(1, channels), rowStep: channels, blockStep: channels) }
        return ChannelWalk.Source(interleaved: interleaved, rowStep: row * interleaved, blockStep: block * interleaved)
    }
}

/// The layouts of a graph's values.
struct PictureLayouts {
    private let graph: Graph
    /// Values that share memory have the same margins.
    private var margins: Margins
    private var isPlanar: [Bool]

    init(_ graph: Graph) {
        self.graph = graph
        margins = Margins(graph)
        // A network's input is read by convolutions alone as a rule: a float at a time, so that its few channels need no lanes.
        var readers = Array(repeating: [Node](), count: graph.types.count)
        for node in graph.nodes { for input in node.inputs { readers[input.index].append(node) } }
        isPlanar = Array(repeating: false, count: graph.types.count)
        let outputs = Set(graph.outputs.map(\.value))
        for node in graph.nodes where node.operation is Input {
            let value = node.results[0]
            guard graph[value].shape.rank == 3 else { continue }
            let affine = readers[value.index].count == 1 && readers[value.index][0].operation is Affine ? readers[value.index][0].results[0] : nil
            let last = affine ?? value
            guard readers[last.index].allSatisfy({ ($0.operation as? Convolution)?.groups == 1 }), outputs.isDisjoint(with: [value, last]) else { continue }
            isPlanar[value.index] = true
            isPlanar[last.index] = true
        }
    }

    /// - Throws: ``EngineError`` for values that are neither pictures nor vectors.
    func layout(of value: Value) throws(EngineError) -> PictureLayout {
        let shape = graph[value].shape
        guard shape.count > 0, shape.rank == 1 || shape.rank == 3 else {
            throw EngineError("one image at a time, the CPU engine has pictures and vectors only, no \(shape)")
        }
        if shape.rank == 1 { return PictureLayout(channels: shape[0], size: 1) }
        let (left, right) = margins[value]
        return PictureLayout(
            channels: shape[0], size: Extent(shape[1], shape[2]), interleaved: isPlanar[value.index] ? 1 : Lane.width, left: left, right: right)
    }
}

/// How many zeros each value needs beside its rows: what the convolutions that read it reach over, and those that read a value
/// with which it shares memory.
private struct Margins {
    private var owner: [Int]
    private var widest: [(left: Int, right: Int)]

    init(_ graph: Graph) {
        owner = Array(graph.types.indices)
        widest = Array(repeating: (0, 0), count: graph.types.count)
        for node in graph.nodes where graph[node.results[0]].isBatched && graph[node.results[0]].shape.rank == 3 {
            guard node.operation is Concatenation || node.operation is Slice else { continue }
            for input in node.inputs { owner[find(input.index)] = find(node.results[0].index) }
        }
        for node in graph.nodes {
            guard let convolution = node.operation as? Convolution else { continue }
            let root = find(node.inputs[0].index), padding = convolution.window.padding
            widest[root] = (max(widest[root].left, padding.left), max(widest[root].right, padding.right))
        }
    }

    private func find(_ value: Int) -> Int {
        var value = value
        while owner[value] != value { value = owner[value] }
        return value
    }

    subscript(value: Value) -> (left: Int, right: Int) { widest[find(value.index)] }
}
