import Foundation
import Striate
import StriateStudio
import Testing

@Suite struct PredictionTests {
    /// What the library says of the same pictures.
    private func expected(_ network: String, _ pictures: [Picture]) throws -> [[Classifier.Prediction]] {
        let model = try TestServer.model(network)
        let classifier = try Classifier(model.description, weights: model.weights, engine: LaneEngine())
        let fitting = try pictures.map { try $0.prepared(for: model.description.preprocessing) }
        return try classifier.probabilities(of: fitting).map(classifier.ranked)
    }

    private func expectAgreement(_ answer: [(name: String, probability: Double)], _ expected: [Classifier.Prediction]) {
        #expect(answer.map(\.name) == expected.prefix(answer.count).map(\.name))
        for (one, other) in zip(answer, expected) { #expect(abs(one.probability - Double(other.probability)) < 1e-5) }
    }

    @Test func aPictureIsClassifiedAsTheLibraryClassifiesIt() async throws {
        let expected = try expected("lenet5", [Sample.digits[3]])[0]
        try await TestServer.run { server in
            let reply = try await server.post("/v1/predict?top=10", try Sample.digit(3))
            #expect(reply.status == 200 && reply.fields["content-type"] == "application/json")
            let answer = try reply.predictions()
            #expect(answer.count == 1 && answer[0].image == "body" && answer[0].classes.count == 10)
            expectAgreement(answer[0].classes, expected)
            #expect(try await server.post("/v1/predict", type: nil, try Sample.digit(3)).predictions()[0].classes.count == 3)
        }
    }

    @Test func severalPicturesOfAFormAreAnsweredInTheirOrder() async throws {
        let expected = try expected("lenet5", (0..<16).map { Sample.digits[$0] })
        let files = try (0..<16).map { (name: "digit-\($0).png", bytes: try Sample.digit($0)) }
        try await TestServer.run { server in
            let answer = try await server.post("/v1/predict?top=2", type: Sample.formType, Sample.form(files)).predictions()
            #expect(answer.map(\.image) == files.map(\.name))
            for (one, other) in zip(answer, expected) { expectAgreement(one.classes, other) }
        }
    }

    @Test func manyClientsGetEachTheirOwnAnswer() async throws {
        let expected = try expected("lenet5", (0..<16).map { Sample.digits[$0] })
        try await TestServer.run { server in
            try await withThrowingTaskGroup(of: (Int, Reply).self) { group in
                for client in 0..<64 { group.addTask { (client % 16, try await server.post("/v1/predict", try Sample.digit(client % 16))) } }
                for try await (digit, reply) in group { expectAgreement(try reply.predictions()[0].classes, expected[digit]) }
            }
        }
    }

    @Test func aConnectionIsUsedAgainAndRequestsMayFollowEachOtherAtOnce() async throws {
        try await TestServer.run { server in
            let request = TestServer.bytes("POST", "/v1/predict", fields: ["Content-Type: image/png"], body: try Sample.digit(0))
            let statuses = try await onThread {
                let connection = try LoopbackConnection(port: server.port)
                connection.send(request + request + request)
                return (0..<3).map { _ in connection.reply()?.status }
            }
            #expect(statuses == [200, 200, 200])
        }
    }

    @Test func aClientThatAsksFirstIsToldToGoOn() async throws {
        try await TestServer.run { server in
            let body = try Sample.digit(0)
            let statuses = try await onThread {
                let connection = try LoopbackConnection(port: server.port)
                connection.send(TestServer.bytes("POST", "/v1/predict", fields: ["Expect: 100-continue", "Content-Length: \(body.count)"]))
                let first = connection.reply()?.status
                connection.send(body)
                return [first, connection.reply()?.status]
            }
            #expect(statuses == [100, 200])
        }
    }
}
