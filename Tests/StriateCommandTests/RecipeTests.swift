import Foundation
import Striate
import Testing

/// `train --recipe` and `striate recipes`.
@Suite(.serialized) struct RecipeTests {
    private func write(_ yaml: String, in folder: String) throws {
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder + "/mine.yaml"))
    }

    @Test func theRecipeOfARunRepeatsItToTheSameBits() throws {
        try withFolder { folder in
            let first = try Tool.run(
                "train", "lenet5", "--data", "digits", "--limit", "512", "--epochs", "2", "--activation", "tanh", "--rate", "0.03", "--schedule",
                "warmup:1+cosine:0.1", "--momentum", "0.8", "--nesterov", "--weight-decay", "1e-4", "--no-shuffle", "--seed", "7", "--keep", "1",
                "--patience", "4", "--monitor", "loss", "--quiet", "--run", "a", in: folder)
            #expect(first.status == 0, "\(first.errors)")
            let again = try Tool.run("train", "--recipe", "a/recipe.yaml", "--quiet", "--run", "b", in: folder)
            #expect(again.status == 0, "\(again.errors)")
            for name in ["config.json", "recipe.yaml", "best.safetensors", "last.safetensors"] {
                #expect(FileManager.default.contentsEqual(atPath: "\(folder)/a/\(name)", andPath: "\(folder)/b/\(name)"), "\(name)")
            }
        }
    }

    @Test func flagsWinOverTheRecipe() throws {
        try withFolder { folder in
            try write("network: lenet5\ndata: digits\nlimit: 64\nepochs: 1\nrate: 0.5\nnesterov: true\n", in: folder)
            let result = try Tool.run(
                "train", "lenet5-d2l", "--recipe", "mine.yaml", "--rate", "0.25", "--momentum", "0.5", "--run", "run", "--quiet", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let options = try RunFolder(opening: folder + "/run").options()
            #expect(options.network == "lenet5-d2l" && options.rate == 0.25 && options.limit == 64 && options.nesterov)
        }
    }

    @Test(arguments: [
        ("network: lenet5\nrat: 0.1\n", "mine.yaml:2: train has no --rat; did you mean rate?"),
        ("network: lenet5\n\nrate: fast\n", "mine.yaml:3: "),
        ("epochs: 0\n", "mine.yaml:1: --epochs takes a whole number"),
        ("rate: 0.1\nseed: 2\nrate: 0.2\n", "mine.yaml:3: rate stands twice"),
        ("nesterov: maybe\n", "mine.yaml:1: nesterov is true or false"),
        ("rate: {a: b}\n", "mine.yaml:1: rate takes a value"),
        ("resume: run\n", "mine.yaml:1: train has no --resume"),
        ("- rate\n", "mine.yaml:1: a recipe is lines such as"),
        ("rate: [1\nseed: 2\n", "mine.yaml:2: "),
        ("\u{0}\u{1}", "mine.yaml"),
    ])
    func aMistakeIsToldWithItsLine(yaml: String, expected: String) throws {
        try withFolder { folder in
            try write(yaml, in: folder)
            let result = try Tool.run("train", "--recipe", "mine.yaml", in: folder)
            #expect(result.status == 2, "\(result.errors)")
            #expect(result.errors.contains(expected), "\(result.errors)")
            #expect(result.errorLines.count == 1)
        }
    }

    @Test func everyBuiltInRecipeIsSound() throws {
        let list = try Tool.run("recipes", "--json")
        let recipes = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: String]])
        #expect(recipes.contains { $0["name"] == "lenet5/mnist" })
        try withFolder { folder in
            for recipe in recipes {
                let name = try #require(recipe["name"])
                let printed = try Tool.run("recipes", name)
                #expect(printed.output == recipe["yaml"]! + "\n")
                // All of it is understood: what fails is the data, which is not there.
                let result = try Tool.run("train", "--recipe", name, "--data", "./nothing", in: folder)
                #expect(result.status == 1 && result.errors.contains("nothing"), "\(name): \(result.errors)")
            }
        }
    }

    @Test func anUnknownRecipeHasANeighbour() throws {
        let result = try Tool.run("train", "--recipe", "lenet/mnist")
        #expect(result.status == 2 && result.errors.contains("did you mean lenet5/mnist?"))
    }

    @Test func aRunGoesOnWithItsOwnRecipe() throws {
        let result = try Tool.run("train", "--recipe", "lenet5/mnist", "--resume", "run")
        #expect(result.status == 2 && result.errors.contains("--resume"))
    }
}
