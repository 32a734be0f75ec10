import StriateGraph
import StriateLanes

/// A planned graph with the memory in which its steps work.
final class LaneProgram: Program {
    let graph: Graph
    let batch: Int
    let memory: ProgramMemory

    let pool: WorkerPool
    private let arena: Arena
    let stages: [LanePlan.Stage]
    /// What is known of the stages' steps, for ``profile(_:)``.
    let costs: [[StepCost]]
    private let imagesInGroup: Int
    private let layout: LanePlan.Layout
    let sources: [(name: String, count: Int)]
    let scalars: [(name: String, slot: Slot)]
    private let variableSlots: [(variable: Variable, slot: Slot)]
    private let outputs: [(name: String, type: ValueType, slot: Slot)]
    /// Labels that feed a loss lie below this.
    let labelLimits: [String: Int]
    private var lastCount = 0
    /// Variables have changed since weights were last rearranged.
    var needsPreparation = true

    init(_ plan: LanePlan, pool: WorkerPool) throws(EngineError) {
        guard let arena = Arena(byteCount: plan.layout.total) else {
            throw EngineError(
                "the system does not give the \(plan.layout.total >> 20) MiB that a batch of \(plan.batch) needs; use a smaller batch")
        }
        graph = plan.graph
        batch = plan.batch
        memory = plan.memory
        self.pool = pool
        self.arena = arena
        stages = plan.stages
        costs = plan.costs
        imagesInGroup = plan.imagesInGroup
        layout = plan.layout
        sources = plan.sources
        scalars = plan.scalars
        variableSlots = plan.variables
        outputs = plan.outputs
        labelLimits = LaneProgram.labelLimits(graph)
        for (tensor, slot) in plan.constants { write(tensor, to: slot) }
    }

    // MARK: - Variables

    private func floats(_ slot: Slot) -> UnsafeMutablePointer<Float> { (arena.base + slot.offset).assumingMemoryBound(to: Float.self) }

    private func write(_ tensor: Tensor, to slot: Slot) {
        tensor.values.withUnsafeBufferPointer { values in
            if let base = values.baseAddress { floats(slot).update(from: base, count: values.count) }
        }
    }

    private func read(_ shape: Shape, from slot: Slot) -> Tensor {
        Tensor(shape, Array(UnsafeBufferPointer(start: floats(slot), count: shape.count)))
    }

    var variables: Weights {
        var weights = Weights()
        for (variable, slot) in variableSlots { weights[variable.name] = read(variable.shape, from: slot) }
        return weights
    }

    func variable(_ name: String) -> Tensor? {
        variableSlots.first { $0.variable.name == name }.map { read($0.variable.shape, from: $0.slot) }
    }

    func load(_ weights: Weights) throws(EngineError) {
        for (path, tensor) in weights {
            guard let (variable, _) = variableSlots.first(where: { $0.variable.name == path }) else {
                throw EngineError("the network has no variable \(path)")
            }
            guard variable.shape == tensor.shape else { throw EngineError("\(path) is \(variable.shape), not \(tensor.shape)") }
        }
        for (variable, slot) in variableSlots { if let tensor = weights[variable.name] { write(tensor, to: slot) } }
        needsPreparation = true
    }

    // MARK: - Running

    func run(_ feed: Feed) throws(EngineError) {
        try begin(feed)
        withFedSources(feed) { run(stages, $0, count: feed.count, seed: feed.seed) }
        needsPreparation = !graph.updates.isEmpty
    }

    /// Takes over what a run reads besides its batched inputs.
    func begin(_ feed: Feed) throws(EngineError) {
        try check(feed)
        for (name, slot) in scalars { floats(slot)[0] = feed.scalars[name] ?? 0 }
        lastCount = feed.count
    }

    func groups(of count: Int) -> Int { (count + imagesInGroup - 1) / imagesInGroup }

    /// With fewer groups than workers, all of them share each step from the first group on.
    func isDepthFirst(groups: Int) -> Bool { groups >= pool.threads }

    func run(_ stages: [LanePlan.Stage], _ feeds: UnsafePointer<FedSource>, count: Int, seed: UInt64) {
        let groups = groups(of: count), imagesInGroup = imagesInGroup
        let base = arena.base, layout = layout
        func groupFrame(_ group: Int, worker: Int, slab: Int) -> GroupFrame {
            GroupFrame(
                worker: base + (layout.workers + slab * layout.workerStep),
                group: base + (layout.groups + group * layout.groupStep), shared: base,
                scratch: (base + (layout.scratch + worker * layout.scratchStep)).assumingMemoryBound(to: Lane.self),
                firstImage: group * imagesInGroup, images: min(imagesInGroup, count - group * imagesInGroup), batch: count, seed: seed,
                feeds: feeds)
        }
        for stage in stages {
            switch stage {
            case .groups(let steps):
                // Depth first, as long as each worker has a group of its own: all steps of a group while its values are in the cache.
                let alone = groups / pool.threads * pool.threads
                pool.run(alone) { worker, group in
                    let frame = groupFrame(group, worker: worker, slab: worker)
                    for step in steps { for part in 0..<step.parts { step.run(frame, part: part) } }
                }
                // Fewer groups than workers are left: all of them share each step. A group's own values then live in the slab of its number.
                guard alone < groups else { continue }
                for step in steps {
                    let parts = step.parts
                    pool.run((groups - alone) * parts) { worker, index in
                        let slab = index / parts
                        step.run(groupFrame(alone + slab, worker: worker, slab: slab), part: index % parts)
                    }
                }
            case .preparation(let steps):
                if needsPreparation { run(steps, groups: groups, count: count) }
            case .batch(let steps): run(steps, groups: groups, count: count)
            }
        }
    }

    private func run(_ steps: [any BatchStep], groups: Int, count: Int) {
        let base = arena.base, layout = layout
        pool.run(steps.reduce(0) { $0 + $1.parts }) { worker, index in
            var part = index, step = 0
            while part >= steps[step].parts {
                part -= steps[step].parts
                step += 1
            }
            let frame = BatchFrame(
                groups: base + layout.groups, groupStep: layout.groupStep, groupCount: groups, shared: base,
                scratch: (base + (layout.scratch + worker * layout.scratchStep)).assumingMemoryBound(to: Lane.self), batch: count)
            steps[step].run(frame, part: part)
        }
    }

    func output(_ name: String) -> Tensor {
        guard let (_, type, slot) = outputs.first(where: { $0.name == name }) else {
            preconditionFailure("the graph has no output \(name)")
        }
        guard type.isBatched else { return read(type.shape, from: slot) }
        let count = type.shape.count
        var values = [Float](repeating: 0, count: lastCount * count)
        if imagesInGroup == 1 {
            for image in 0..<lastCount {
                let floats = (arena.base + (layout.groups + image * layout.groupStep + slot.offset)).assumingMemoryBound(to: Float.self)
                for element in 0..<count { values[image * count + element] = floats[element] }
            }
            return Tensor(Shape([lastCount] + type.shape.extents), values)
        }
        for image in 0..<lastCount {
            let (group, lane) = (image / Lane.width, image % Lane.width)
            let lanes = (arena.base + (layout.groups + group * layout.groupStep + slot.offset)).assumingMemoryBound(to: Lane.self)
            for element in 0..<count { values[image * count + element] = lanes[element][lane] }
        }
        return Tensor(Shape([lastCount] + type.shape.extents), values)
    }
}
