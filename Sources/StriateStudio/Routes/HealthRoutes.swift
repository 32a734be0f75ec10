import HTTPTypes
import Hummingbird
import StriateFormats

/// `/healthz` and `/metrics`: how the server is.
struct HealthRoutes: Sendable {
    let network: String
    let queue: PredictionQueue
    let metrics: Metrics

    /// What every studio answers.
    static let liveness = Endpoint(
        method: .get, path: "/healthz", summary: "Whether the server answers.", isOpen: true, answer: .json(.health)
    ) { _ in .json(["status": "ok"]) }

    var endpoints: [Endpoint] {
        [
            Endpoint(method: .get, path: "/metrics", summary: "Counters for Prometheus.", answer: .text(MediaTypes.metrics)) { _ in
                let text = metrics.text(network: network, waiting: queue.count, capacity: queue.capacity)
                return Response(status: .ok, headers: [.contentType: MediaTypes.metrics], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            }
        ]
    }
}
