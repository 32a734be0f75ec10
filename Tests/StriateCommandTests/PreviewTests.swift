import Foundation
import Striate
import Testing

@Suite struct PreviewTests {
    @Test func aPreviewShowsEachPictureAndItsDraws() throws {
        try withFolder { folder in
            let result = try Tool.run(
                "data", "preview", "digits", "--augment", "crop:2,mixup", "--count", "3", "--draws", "2", "--to", "sheet.png", "--json",
                in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let json = try result.json()
            #expect(json["augmentation"] as? String == "crop:2,mixup")
            #expect((json["rows"] as? [Any])?.count == 3)
            #expect((json["shares"] as? [Double])?.count == 2)
            let sheet = try PNG.read(contentsOf: folder + "/sheet.png")
            // 28 × 28, three times as large, with 4 pixels between and 12 more after the first column.
            #expect(sheet.shape == [1, 4 + 3 * 88, 4 + 12 + 3 * 88])
        }
    }

    @Test func aPreviewFollowsFromItsSeed() throws {
        try withFolder { folder in
            func sheet(_ name: String, seed: String) throws -> Data {
                let result = try Tool.run(
                    "data", "preview", "digits", "--augment", "digits", "--network", "lenet5-1998", "--seed", seed, "--to", name, in: folder)
                #expect(result.status == 0, "\(result.errors)")
                return try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            }
            let (first, again, other) = (try sheet("a.png", seed: "4"), try sheet("b.png", seed: "4"), try sheet("c.png", seed: "5"))
            #expect(first == again)
            #expect(first != other)
        }
    }

    @Test func brokenPicturesAreSkippedAndTold() throws {
        try withFolder { folder in
            let picture = try PNG.encode(Picture(shape: [3, 5, 9], pixels: (0..<135).map { UInt8($0) }))
            // With a folder for validation, all others are for training.
            let files = [
                ("train/a/1.png", picture), ("train/a/2.png", Array(picture.prefix(60))), ("train/b/1.png", picture), ("val/a/3.png", picture),
            ]
            for (name, bytes) in files {
                let path = folder + "/data/" + name
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try Data(bytes).write(to: URL(fileURLWithPath: path))
            }
            let result = try Tool.run(
                "data", "preview", "data", "--augment", "photos", "--input", "3x24x24", "--to", "sheet.png", "--json", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            #expect((try result.json()["rows"] as? [Any])?.count == 2)
            #expect(result.errors.contains("2.png"))
        }
    }

    @Test(arguments: [
        (["--augment", "flp"], "did you mean flip?"), (["--augment", "crop:x"], "padding is a whole number"), (["--count", "0"], "--count"),
        (["--draws", "101"], "--draws"), (["--network", "lenet"], "lenet"),
    ])
    func mistakesAreToldInOneLine(_ arguments: [String], _ part: String) throws {
        let result = try Tool.run(["data", "preview", "digits"] + arguments)
        #expect(result.status == 2)
        #expect(result.errorLines.first?.contains(part) == true, "\(result.errors)")
    }

    @Test func augmentationsAreListed() throws {
        let json = try Tool.run("data", "augmentations", "--json").json()
        let steps = try #require(json["steps"] as? [[String: Any]]), presets = try #require(json["presets"] as? [[String: Any]])
        #expect(steps.contains { $0["usage"] as? String == "crop[:padding=4][:border=constant]" })
        #expect(presets.contains { $0["name"] as? String == "cifar" })
    }
}
