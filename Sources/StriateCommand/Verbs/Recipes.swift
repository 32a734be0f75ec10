import ArgumentParser
import Striate

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the recipes that train --recipe knows, or prints one as YAML.",
        discussion: """
            A recipe is YAML: the flags of train without their dashes. Print one into a file, change it, and follow it: \
            striate recipes lenet5/mnist > mine.yaml; striate train --recipe mine.yaml
            """)

    @Argument(help: "A recipe's name; all where it is left out.")
    var name: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let name else { return list() }
        guard let recipe = BuiltInRecipe.all.first(where: { $0.name == name }) else {
            throw UsageError.unknown("recipe", name, among: BuiltInRecipe.all.map(\.name))
        }
        Output.line(output.json ? json(recipe).text : recipe.yaml)
    }

    private func list() {
        guard !output.json else { return Output.line(JSON.array(BuiltInRecipe.all.map(json)).text) }
        var table = Table([("recipe", .left), ("what it is", .left)])
        for recipe in BuiltInRecipe.all { table.add([recipe.name, recipe.about]) }
        Output.line(table.text)
    }

    private func json(_ recipe: BuiltInRecipe) -> JSON {
        ["name": .string(recipe.name), "about": .string(recipe.about), "yaml": .string(recipe.yaml)]
    }
}
