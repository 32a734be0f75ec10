import Foundation
import Striate
import Synchronization

/// Looks through the pictures of a data set, on threads of its own, so that no prediction waits: tests the model and its run's saved ones, and
/// finds the pictures that excite a layer's maps.
final class GalleryDesk: Sendable {
    /// How far a test has come.
    enum Test {
        case running(done: Int)
        case finished(Gallery)
        case failed(String)
    }

    private struct Question: Hashable {
        /// Among the saved models; nil for the one that is served.
        let saved: Int?
        /// The layer's path.
        let layer: String
    }

    let data: ServedData
    private let model: ServedModel
    private let engine: LaneEngine
    private let tester = WorkQueue(capacity: 32, waiters: "tests of epochs wait")
    private let seeker = WorkQueue(capacity: 16, waiters: "layers wait for their pictures")
    private let reader = WorkQueue(capacity: 64, waiters: "requests wait for pictures")
    private let tests = Mutex(Memory<Int?, Test>())
    private let exciting = Mutex(Memory<Question, ExcitingPictures>())
    private let isClosing = Atomic<Bool>(false)

    /// Looks at nothing before ``start()``.
    ///
    /// - Parameter threads: Nil for half of the processors: predictions shall find some that are free.
    /// - Throws: ``EngineError`` where the processor lacks what the build uses.
    init(_ model: ServedModel, _ data: ServedData, threads: Int?) throws(EngineError) {
        self.model = model
        self.data = data
        engine = try LaneEngine(threads: threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / 2))
    }

    /// Begins with the test of the model that is served.
    func start() {
        for queue in [tester, seeker, reader] { queue.start() }
        // Nothing waits yet.
        _ = try? test(nil)
    }

    func close() async {
        isClosing.store(true, ordering: .relaxed)
        for queue in [tester, seeker, reader] { await queue.close() }
    }

    // MARK: - Tests

    /// How far the test of a model has come. One that nobody asked for before begins.
    ///
    /// - Parameter saved: Its place among the saved models; nil for the one that is served.
    /// - Throws: ``ServiceError`` where so many tests cannot wait now.
    func test(_ saved: Int?) throws(ServiceError) -> Test {
        let known = tests.withLock { tests -> Test? in
            if let test = tests[saved] { return test }
            tests.remember(.running(done: 0), for: saved)
            return nil
        }
        if let known { return known }
        do {
            try tester.add { [self] in
                let result = tested(saved)
                tests.withLock { $0.replace(result, for: saved) }
            }
        } catch {
            tests.withLock { $0.forget(saved) }
            throw error
        }
        return .running(done: 0)
    }

    private func tested(_ saved: Int?) -> Test {
        do {
            let description = model.description
            let evaluator = try Evaluator(
                description.traced().graph, weights: weights(saved), loss: Loss(description.recipe.loss), engine: engine)
            return .finished(try Gallery(testing: evaluator, on: data.test) { done throws(TrainingError) in
                if isClosing.load(ordering: .relaxed) { throw .data("the server ends") }
                tests.withLock { $0.replace(.running(done: done), for: saved) }
            })
        } catch { return .failed("\(error)") }
    }

    private func weights(_ saved: Int?) throws -> Weights { try saved.map(model.weights(ofSaved:)) ?? model.weights }

    // MARK: - Pictures

    /// Some of the test pictures that are asked for, those that cannot be read left out, and how many there are.
    ///
    /// - Throws: ``ServiceError`` where so many requests cannot wait now.
    func page(of gallery: Gallery, _ selection: Gallery.Selection, from: Int, count: Int) async throws -> GalleryPage {
        try await reader.run { [data] in
            let all = gallery.entries(selection), wanted = all.dropFirst(from).prefix(count)
            let pictures = try data.test.pictures(wanted.map(\.number))
            return GalleryPage(
                total: all.count, next: min(all.count, from + wanted.count),
                pictures: wanted.compactMap { entry in pictures[entry.number].map { (entry, $0) } })
        }
    }

    /// Pictures by their numbers; those that cannot be read are left out.
    ///
    /// - Throws: ``ServiceError`` where so many requests cannot wait now.
    func pictures(_ numbers: [Int], of set: PictureLoader) async throws -> [Int: Picture] {
        try await reader.run { try set.pictures(numbers) }
    }

    /// The training pictures that excite the maps of a layer most. The first answer about a layer takes some seconds.
    ///
    /// - Parameter saved: As ``test(_:)`` takes it.
    /// - Throws: ``ServiceError`` where so many requests cannot wait now, or there is no such layer.
    func exciting(layer: String, saved: Int?, in training: PictureLoader) async throws -> ExcitingPictures {
        let question = Question(saved: saved, layer: layer)
        if let found = exciting.withLock({ $0[question] }) { return found }
        do {
            return try await seeker.run { [self] in
                // Somebody may have asked the same while this waited.
                if let found = exciting.withLock({ $0[question] }) { return found }
                let search = try ExcitementSearch(model.description, weights: weights(saved), layer: layer, engine: engine)
                let found = try search.pictures(of: training) { _ in
                    if isClosing.load(ordering: .relaxed) { throw ServiceError.overloaded("the server ends") }
                }
                exciting.withLock { $0.remember(found, for: question) }
                return found
            }
        } catch let error as InsightError {
            throw ServiceError(.badRequest, error.description)
        }
    }
}

/// Some of many pictures.
struct GalleryPage: Sendable {
    let total: Int
    /// Where the next page begins.
    let next: Int
    let pictures: [(entry: Gallery.Entry, picture: Picture)]
}

/// Answers to the questions that were asked last.
private struct Memory<Question: Hashable, Answer> {
    private var answers: [Question: Answer] = [:]
    /// The first to be forgotten first.
    private var order: [Question] = []

    private static var most: Int { 32 }

    subscript(_ question: Question) -> Answer? { answers[question] }

    /// - Precondition: nothing is known of the question.
    mutating func remember(_ answer: Answer, for question: Question) {
        answers[question] = answer
        order.append(question)
        if order.count > Self.most { answers[order.removeFirst()] = nil }
    }

    mutating func forget(_ question: Question) {
        answers[question] = nil
        order.removeAll { $0 == question }
    }

    /// A better answer, unless the question was forgotten meanwhile.
    mutating func replace(_ answer: Answer, for question: Question) { if answers[question] != nil { answers[question] = answer } }
}
