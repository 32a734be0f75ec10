import Foundation
import Striate
import StriateCommand
import Testing

/// `inspect` and `explain`.
@Suite(.serialized) struct LookingTests {
    private func withPicture<T>(_ body: (String) throws -> T) throws -> T {
        try withFolder { folder in
            let pixels = (0..<784).map { UInt8(truncatingIfNeeded: $0 / 28 * ($0 % 28)) }
            try Data(PNG.encode(Picture(shape: [1, 28, 28], pixels: pixels))).write(to: URL(fileURLWithPath: folder + "/digit.png"))
            return try body(folder)
        }
    }

    @Test func inspectDrawsEveryLayerOfSummary() throws {
        try withPicture { folder in
            let result = try Tool.run("inspect", "lenet5-1998", "digit.png", "--out", "maps", "--json", in: folder)
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            let json = try result.json(), layers = try #require(json["layers"] as? [[String: Any]])
            let summary = try #require(try Tool.run("summary", "lenet5-1998", "--json").json()["layers"] as? [[String: Any]])
            #expect(layers.map { $0["name"] as? String } == summary.map { $0["name"] as? String })
            #expect(layers.map { $0["shape"] as? [Int] } == summary.map { $0["output_shape"] as? [Int] })
            for layer in layers + (try #require(json["filters"] as? [[String: Any]])) {
                let sheet = try PNG.read(contentsOf: folder + "/" + (try #require(layer["file"] as? String)))
                #expect(sheet.shape[2] <= 960)
            }
            #expect(try PNG.read(contentsOf: folder + "/maps/input.png").shape == [1, 32, 32])
            let page = try String(contentsOfFile: folder + "/" + (try #require(json["page"] as? String)), encoding: .utf8)
            #expect(page.components(separatedBy: "<image ").count == 1 + 1 + layers.count + 4)
            #expect(!page.contains("href=\"http") && page.contains("prefers-color-scheme: dark"))
        }
    }

    @Test func explainWritesAMapForEachMethodAndItsNumbers() throws {
        try withPicture { folder in
            let result = try Tool.run(
                "explain", "lenet5", "digit.png", "--class", "3", "--steps", "20", "--values", "values.safetensors", "--json", in: folder)
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            let json = try result.json(), found = try #require(json["explanations"] as? [[String: Any]])
            #expect(json["class"] as? String == "3")
            #expect(found.map { $0["method"] as? String } == ["grad-cam", "saliency", "integrated-gradients", "occlusion"])
            #expect(found[0]["layer"] as? String == "act2" && found[0]["rows"] as? Int == 10)
            let values = try Safetensors(contentsOf: folder + "/values.safetensors").weights
            #expect(values.paths.sorted() == ["grad-cam", "integrated-gradients", "occlusion", "saliency"])
            #expect(values["saliency"]?.shape == [32, 32] && values["grad-cam"]?.shape == [10, 10])
            for explanation in found { _ = try PNG.read(contentsOf: folder + "/" + (try #require(explanation["file"] as? String))) }
            #expect(FileManager.default.fileExists(atPath: folder + "/explain/explain.svg"))
        }
    }

    @Test(arguments: [
        ["inspect", "lenet5", "digit.png", "--layers", "cnv1"], ["inspect", "lenet5", "digit.png", "--maps", "0"],
        ["explain", "lenet5", "digit.png", "--method", "grad-kam"], ["explain", "lenet5", "digit.png", "--class", "10"],
        ["explain", "lenet5", "digit.png", "--layer", "fc1"], ["explain", "lenet5", "digit.png", "--window", "2", "--stride", "3"],
        ["explain", "lenet5", "digit.png", "--steps", "-1"], ["explain", "lenet5", "digit.png", "--baseline", "red"],
    ])
    func wrongCommandLinesEndWithTwo(arguments: [String]) throws {
        try withPicture { folder in
            let result = try Tool.run(arguments, in: folder)
            #expect(result.status == 2 && result.output.isEmpty && !result.errorLines.isEmpty && result.errorLines.count <= 2, "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/inspect") && !FileManager.default.fileExists(atPath: folder + "/explain"))
        }
    }

    @Test func aPictureThatCannotBeReadIsAnErrorOfOneLine() throws {
        try withPicture { folder in
            for verb in ["inspect", "explain"] {
                let result = try Tool.run(verb, "lenet5", "missing.png", in: folder)
                #expect(result.status == 1 && result.errorLines.count == 1 && result.errors.contains("missing.png"), "\(result.errors)")
            }
        }
    }

    @Test func showSaysSoWhereNothingCanBeDrawn() throws {
        try withPicture { folder in
            let result = try Tool.run(
                "explain", "lenet5", "digit.png", "--method", "saliency", "--show", environment: ["COLORTERM": "truecolor"], in: folder)
            #expect(result.status == 0 && result.errors.contains("24-bit") && !result.output.contains("\u{1B}"))
        }
    }

    @Test func onlyTerminalsThatCanAreDrawnOn() {
        func canDraw(_ environment: [String: String], isTerminal: Bool = true) -> Bool {
            TerminalPictures(environment: environment, isTerminal: isTerminal) != nil
        }
        #expect(canDraw(["COLORTERM": "truecolor", "TERM": "xterm-256color"]) && canDraw(["TERM": "xterm-kitty"]))
        #expect(!canDraw(["TERM": "xterm-256color"]) && !canDraw([:]))
        #expect(!canDraw(["COLORTERM": "truecolor", "TERM": "dumb"]))
        #expect(!canDraw(["COLORTERM": "truecolor", "NO_COLOR": "1"]) && canDraw(["COLORTERM": "24bit", "NO_COLOR": ""]))
        #expect(!canDraw(["COLORTERM": "truecolor"], isTerminal: false))
    }

    @Test func twoPixelsShareACell() {
        let text = TerminalPictures.halfBlocks(Picture(shape: [3, 3, 1], pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9]))
        #expect(text == "\u{1B}[38;2;1;4;7;48;2;2;5;8m▀\u{1B}[0m\n\u{1B}[38;2;3;6;9m▀\u{1B}[0m")
        #expect(TerminalPictures.halfBlocks(Picture(shape: [1, 1, 1], pixels: [9])) == "\u{1B}[38;2;9;9;9m▀\u{1B}[0m")
    }
}
