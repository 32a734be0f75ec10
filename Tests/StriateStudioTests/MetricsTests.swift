import Foundation
import StriateStudio
import Testing

@Suite struct MetricsTests {
    /// The samples of Prometheus' text format, by name and labels.
    private func samples(_ text: String) throws -> [String: Double] {
        var samples = [String: Double]()
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "), "\(line)")
            let value = try #require(Double(line[line.index(after: space)...]), "\(line)")
            samples[String(line[..<space])] = value
        }
        return samples
    }

    @Test func requestsPicturesAndBatchesAreCounted() async throws {
        try await TestServer.run { server in
            let files = try (0..<5).map { (name: "\($0)", bytes: try Sample.digit($0)) }
            _ = try await server.post("/v1/predict", try Sample.digit(0))
            _ = try await server.post("/v1/predict", type: Sample.formType, Sample.form(files))
            _ = try await server.post("/v1/predict", [1])
            // What a client invents is no label.
            for path in ["/a", "/b?c=\"d\""] { _ = try await server.get(path) }
            let reply = try await server.get("/metrics"), samples = try samples(reply.text)
            #expect(reply.fields["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(samples[#"striate_model_info{network="lenet5"}"#] == 1)
            #expect(samples[#"striate_http_requests_total{path="/v1/predict",method="POST",status="200"}"#] == 2)
            #expect(samples[#"striate_http_requests_total{path="/v1/predict",method="POST",status="415"}"#] == 1)
            #expect(samples[#"striate_http_requests_total{path="NotFound",method="GET",status="404"}"#] == 2)
            #expect(samples["striate_batch_pictures_sum"] == 6)
            #expect(samples[#"striate_batch_pictures_bucket{le="+Inf"}"#] == samples["striate_batch_pictures_count"])
            #expect(samples[#"striate_http_request_duration_seconds_count{path="/v1/predict"}"#] == 3)
            #expect(samples["striate_queue_pictures"] == 0 && samples["striate_queue_capacity_pictures"] == 256)
        }
    }
}
