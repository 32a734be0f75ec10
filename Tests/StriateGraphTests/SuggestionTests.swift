import StriateGraph
import Testing

@Suite struct SuggestionTests {
    @Test func theNearestNameIsSuggested() {
        #expect(Suggestion.nearest(to: "LENET", among: ["resnet18", "lenet5"]) == "lenet5")
        #expect(Suggestion.nearest(to: "mnits", among: ["digits", "mnist"]) == "mnist", "a swap is one edit")
        #expect(Suggestion.hint(for: "mnits", among: ["digits", "mnist"]) == "; did you mean mnist?")
    }

    @Test func nothingFarIsSuggested() {
        #expect(Suggestion.nearest(to: "vgg", among: ["resnet18", "lenet5"]) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "mnist", count: 100), among: ["mnist"]) == nil)
        #expect(Suggestion.hint(for: "vgg", among: ["resnet18"]) == "")
    }
}
