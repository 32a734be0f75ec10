import Foundation
import Testing

/// `striate embed` on made-up digits, with a network that has learnt nothing.
@Suite struct EmbedTests {
    @Test func aLayerIsDrawnAndWrittenAsATable() throws {
        try withFolder { folder in
            let result = try Tool.run("embed", "lenet5", "digits", "--limit", "60", "--out", "maps/f6", "--json", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let found = try result.json()
            #expect(found["shape"] as? [Int] == [84] && found["images"] as? Int == 60)
            #expect((found["explained_variance"] as? [Double])?.allSatisfy { (0...1).contains($0) } == true)
            for file in ["pca.svg", "tsne.svg"] {
                #expect(try String(contentsOfFile: folder + "/maps/f6/" + file, encoding: .utf8).hasPrefix("<svg"))
            }
            let lines = try String(contentsOfFile: folder + "/maps/f6/embedding.csv", encoding: .utf8).split(separator: "\n")
            #expect(lines[0] == "image,class,answer,pca_1,pca_2,tsne_1,tsne_2" && lines.count == 61)
            #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",").count == 7 })

            let again = try Tool.run("embed", "lenet5", "digits", "--limit", "60", "--out", "again", "--threads", "1", in: folder)
            #expect(again.status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/again/embedding.csv"))
                == Data(contentsOf: URL(fileURLWithPath: folder + "/maps/f6/embedding.csv")), "threads change nothing")
        }
    }

    @Test func whatCannotBeEmbeddedIsToldInOneLine() throws {
        try withFolder { folder in
            let layer = try Tool.run("embed", "lenet5", "digits", "--layer", "convv1", in: folder)
            #expect(layer.status == 2 && layer.errorLines.count == 1 && layer.errors.contains("did you mean conv1?"))
            let few = try Tool.run("embed", "lenet5", "digits", "--limit", "3", in: folder)
            #expect(few.status == 2 && few.errors.contains("--limit takes a whole number from 4 to 10000"))
            let perplexity = try Tool.run("embed", "lenet5", "digits", "--perplexity", "0", in: folder)
            #expect(perplexity.status == 2 && perplexity.errors.contains("--perplexity"))
            try Data().write(to: URL(fileURLWithPath: folder + "/taken"))
            let taken = try Tool.run("embed", "lenet5", "digits", "--out", "taken", in: folder)
            #expect(taken.status == 1 && taken.errorLines.last?.contains("cannot create this folder") == true)
        }
    }
}
