import StriateData
import StriateGraph
import Testing

@Suite struct DigitsTests {
    @Test func aSeedMeansTheSamePicturesEverywhere() {
        let set = Digits.make(.train, count: 500, seed: 1)
        #expect(Checksum.sha256(of: set.pixels + set.labels.map(UInt8.init)) == "946c561794fac3eb385e059d110cf132ad32bf119869273e9384c57e1e2f71e4")
    }

    @Test func aSmallerSetIsTheBeginningOfALargerOne() {
        let set = Digits.make(.train, count: 1300, seed: 7)
        #expect(set.prefix(40) == Digits.make(.train, count: 40, seed: 7))
    }

    @Test func seedsAndPartsDiffer() {
        let set = Digits.make(.train, count: 100, seed: 7)
        #expect(set.pixels != Digits.make(.train, count: 100, seed: 8).pixels)
        #expect(set.pixels != Digits.make(.test, count: 100, seed: 7).pixels)
    }

    @Test func everyDigitIsDrawnAboutAsOften() {
        let set = Digits.make(.train, count: 5000, seed: 1)
        for digit in 0..<10 { #expect((400...600).contains(set.labels.count { $0 == digit })) }
    }

    @Test func inkIsFittedLikeMNISTs() {
        let set = Digits.make(.test, count: 500, seed: 1)
        for index in 0..<set.count {
            let picture = set[index]
            var (mass, x, y) = (0.0, 0.0, 0.0)
            var (rows, columns) = (Set<Int>(), Set<Int>())
            for place in 0..<784 where picture.pixels[place] > 0 {
                let ink = Double(picture.pixels[place])
                mass += ink
                x += ink * Double(place % 28)
                y += ink * Double(place / 28)
                if ink > 127 {
                    rows.insert(place / 28)
                    columns.insert(place % 28)
                }
            }
            #expect(abs(x / mass - 13.5) < 2 && abs(y / mass - 13.5) < 2, "image \(index)")
            let extent = max(rows.count, columns.count)
            #expect((17...21).contains(extent), "image \(index) is \(extent) large")
        }
    }
}
