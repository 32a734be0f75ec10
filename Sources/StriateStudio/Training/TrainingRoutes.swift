import Foundation
import HTTPTypes
import Hummingbird
import Striate

/// `/v1/training`: a run as it goes on, and what people ask of it.
struct TrainingRoutes: Sendable {
    let control: TrainingControl
    let board: LiveBoard

    /// The most bytes of a request's body.
    private static let mostBytes = 1024

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/v1/training", summary: "All that is known of the run now, section by section.", answer: .json(.training)
            ) { _ in snapshot() },
            Endpoint(
                method: .get, path: "/v1/training/events", summary: "The same sections as server-sent events, each once it changes.",
                answer: .text(MediaTypes.events)
            ) { _ in events() },
            wish("pause", "Lets the run wait after its step, saved.") { $0.isPaused = true },
            wish("resume", "Lets a run that waits go on.") { $0.isPaused = false },
            wish("stop", "Lets the run save and end; it can be resumed.") { $0.stop() },
            Endpoint(
                method: .post, path: "/v1/training/rate", summary: "Multiplies the schedule's learning rate from the next step on; 1 is the schedule.",
                takes: [.json(.rateFactor)], answer: .json(.trainingState), refusals: [.badRequest, .tooLarge]
            ) { request in
                control.rateFactor = try await factor(in: request)
                return answer()
            },
        ]
    }

    private func wish(_ name: String, _ summary: String, _ change: @escaping @Sendable (TrainingControl) -> Void) -> Endpoint {
        Endpoint(method: .post, path: "/v1/training/\(name)", summary: summary, answer: .json(.trainingState)) { _ in
            change(control)
            return answer()
        }
    }

    /// What was asked for is told to all who watch.
    private func answer() -> Response {
        let state = TrainingState(asked: control).json(control)
        board.post(TrainingState.section, state)
        return .json(state)
    }

    private func factor(in request: Request) async throws -> Double {
        struct Wish: Decodable { let factor: Double }
        let wish = try await BodyReader(limit: TrainingRoutes.mostBytes).withBody(of: request) { try? JSONDecoder().decode(Wish.self, from: Data($0)) }
        guard let factor = wish?.factor, (0...TrainingControl.mostRateFactor).contains(factor) else {
            throw ServiceError(.badRequest, #"the body is {"factor": F} with a number from 0 to \#(Int(TrainingControl.mostRateFactor))"#)
        }
        return factor
    }

    private func snapshot() -> Response {
        let members = board.posts().sorted { $0.section < $1.section }.map { "\"\($0.section)\":\($0.json)" }
        return Response(
            status: .ok, headers: [.contentType: MediaTypes.json],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "{\(members.joined(separator: ","))}\n")))
    }

    /// See https://html.spec.whatwg.org/multipage/server-sent-events.html
    private func events() -> Response {
        Response(status: .ok, headers: [.contentType: MediaTypes.events], body: ResponseBody { [board] writer in
            var seen = 0
            func tell() async throws {
                let posts = board.posts(after: seen)
                seen = posts.last?.number ?? seen
                let text = posts.map { "event: \($0.section)\ndata: \($0.json)\n\n" }.joined()
                // A line that says nothing shows whether anybody still listens.
                try await writer.write(ByteBuffer(string: text.isEmpty ? ":\n\n" : text))
            }
            for await _ in board.changes() { try await tell() }
            try await tell()
            try await writer.finish(nil)
        })
    }
}
