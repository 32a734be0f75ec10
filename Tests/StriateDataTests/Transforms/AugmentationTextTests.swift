import Foundation
import StriateData
import Testing

@Suite struct AugmentationTextTests {
    @Test(arguments: [
        "none", "crop", "crop:2", "crop:4:reflect", "crop:4:reflect,flip", "rotate:30:nearest:128", "affine:10:0.05:0.8:1.25:5",
        "random-resized-crop:0.35", "erase:0.25:mean", "erase:1:noise:0.1:0.2", "cutout:8:0", "elastic:34.5:4", "mixup,cutmix:0.5",
        "flip,mixup:0.4", "lenet1998:2", "autocontrast,equalize:0.1", "randaugment:3:15:bilinear", "trivialaugment", "letterbox",
        "resize:256:bicubic,center-crop", "blur:3:0.5:1.5:0.5",
    ])
    func textIsReadAndWrittenBack(_ text: String) throws {
        let augmentation = try Augmentation(parsing: text)
        #expect(augmentation.description == text)
        let data = try JSONEncoder().encode([augmentation])
        #expect(try JSONDecoder().decode([Augmentation].self, from: data) == [augmentation])
    }

    @Test func argumentsThatChangeNothingAreNotWritten() throws {
        #expect(try Augmentation(parsing: " crop:4:constant , flip:0.5 ").description == "crop,flip")
        #expect(try Augmentation(parsing: "mixup:0.2,flip").description == "flip,mixup")
        #expect(try Augmentation(parsing: "none,flip").description == "flip")
    }

    @Test func presetsAreWrittenOut() throws {
        for preset in Augmentation.presets {
            let augmentation = try Augmentation(parsing: preset.name)
            #expect(try augmentation == Augmentation(parsing: preset.text))
            #expect(try augmentation == Augmentation(parsing: augmentation.description))
        }
        #expect(try Augmentation(parsing: "cifar,erase").description == "crop:4:reflect,flip,erase")
    }

    @Test func everyStepHasANameOfItsOwnAndReadsItsDefaults() throws {
        let names = Augmentation.kinds.map { $0.signature.name } + Augmentation.presets.map(\.name) + ["none"]
        #expect(Set(names).count == names.count)
        for kind in Augmentation.kinds { #expect(try Augmentation(parsing: kind.signature.name).description == kind.signature.name) }
    }

    @Test(arguments: [
        ("flp", "did you mean flip?"), ("cifer", "did you mean cifar?"), ("zzzzzzzz", "random-resized-crop"), ("", "a name is missing"),
        ("flip,", "a name is missing"), (",", "a name is missing"), ("flip:2", "probability is a number from 0 to 1, not \"2\""),
        ("flip:nan", "not \"nan\""), ("flip:x", "\"flip:x\""), ("crop:-1", "a whole number from 0 to 4096"), ("crop:2.5", "not \"2.5\""),
        ("crop:4:wrap", "border is constant or edge or reflect, not \"wrap\""), ("flip:0.5:1", "flip[:probability=0.5]"),
        ("cutout:8:256", "mean, noise or a grey level"), ("crop:", "not \"\""), ("elastic:inf", "not \"inf\""),
        ("cifar:4", "is no augmentation"),
    ])
    func whatCannotBeReadIsToldInOneLine(_ text: String, _ part: String) {
        do {
            let augmentation = try Augmentation(parsing: text)
            Issue.record("\(text) was read as \(augmentation)")
        } catch {
            #expect(error.description.contains(part), "\(error)")
            #expect(!error.description.contains("\n"))
        }
    }
}
