import Foundation
import Synchronization

/// What a Studio counts, and how Prometheus reads it.
final class Metrics: Sendable {
    private struct Request: Hashable {
        let path: String
        let method: String
        let status: Int
    }

    private struct Counts {
        var requests: [Request: Int] = [:]
        var durations: [String: Histogram] = [:]
        var batches: Histogram
    }

    private let counts: Mutex<Counts>
    private let started = Date()

    /// - Parameter batch: The most pictures that run together.
    init(batch: Int) {
        var bounds = [1.0]
        while bounds.last! < Double(batch) { bounds.append(min(2 * bounds.last!, Double(batch))) }
        counts = Mutex(Counts(batches: Histogram(bounds: bounds)))
    }

    /// - Parameter path: That of the route, not the client's: a metric has a label for each.
    func answered(path: String, method: String, status: Int, after duration: Duration) {
        // Methods that nobody knows are the client's invention.
        let method = Metrics.methods.contains(method) ? method : "other"
        counts.withLock { counts in
            counts.requests[Request(path: path, method: method, status: status), default: 0] += 1
            counts.durations[path, default: Metrics.duration].add(duration / .seconds(1))
        }
    }

    func ran(pictures: Int) { counts.withLock { $0.batches.add(Double(pictures)) } }

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    private static let duration = Histogram(bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10])

    /// In Prometheus' text format.
    ///
    /// - Parameter waiting: Pictures in the queue now.
    func text(network: String, waiting: Int, capacity: Int) -> String {
        let counts = counts.withLock { $0 }
        var text = MetricText()
        text.family("striate_model_info", .gauge, "The model that is served.")
        text.sample("striate_model_info", [("network", network)], 1)
        text.family("striate_http_requests_total", .counter, "Requests answered.")
        for (request, count) in counts.requests.sorted(by: { ($0.key.path, $0.key.method, $0.key.status) < ($1.key.path, $1.key.method, $1.key.status) }) {
            let labels = [("path", request.path), ("method", request.method), ("status", String(request.status))]
            text.sample("striate_http_requests_total", labels, Double(count))
        }
        text.family("striate_http_request_duration_seconds", .histogram, "From a request's head to its answer.")
        for (path, histogram) in counts.durations.sorted(by: { $0.key < $1.key }) {
            text.histogram("striate_http_request_duration_seconds", [("path", path)], histogram)
        }
        text.family("striate_batch_pictures", .histogram, "Pictures that ran together.")
        text.histogram("striate_batch_pictures", [], counts.batches)
        text.family("striate_queue_pictures", .gauge, "Pictures that wait.")
        text.sample("striate_queue_pictures", [], Double(waiting))
        text.family("striate_queue_capacity_pictures", .gauge, "The most pictures that may wait.")
        text.sample("striate_queue_capacity_pictures", [], Double(capacity))
        text.family("process_start_time_seconds", .gauge, "When the server began, in seconds since 1970.")
        text.sample("process_start_time_seconds", [], started.timeIntervalSince1970)
        return text.text
    }
}

/// How many values lie at or below each of some bounds.
struct Histogram: Sendable {
    /// Ascending.
    let bounds: [Double]
    /// Values above the bound before and not above this one; the last one counts those above all.
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}

/// Prometheus' text format, version 0.0.4.
private struct MetricText {
    enum Kind: String { case counter, gauge, histogram }

    private(set) var text = ""

    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let pairs = labels.map { "\($0)=\"\(MetricText.escaped($1))\"" }.joined(separator: ",")
        text += name + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(MetricText.number(value))\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var below = 0
        for (bound, count) in zip(histogram.bounds.map(MetricText.number) + ["+Inf"], histogram.counts) {
            below += count
            sample(name + "_bucket", labels + [("le", bound)], Double(below))
        }
        sample(name + "_sum", labels, histogram.sum)
        sample(name + "_count", labels, Double(below))
    }

    private static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
