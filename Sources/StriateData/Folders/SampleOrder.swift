import StriateGraph

/// An order of pictures that follows from a seed and where each lies below the root: the same on every machine, and another
/// picture more changes the order of no two others.
struct SampleOrder {
    let seed: UInt64

    private func key(_ sample: Sample) -> UInt64 {
        SeededGenerator.draw(seed: seed, stream: SeededGenerator.stream(sample.file.path.joined(separator: "/")))
    }

    /// The samples in this order.
    func mixed(_ samples: [Sample]) -> [Sample] {
        samples.map { (key($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Keeps about a share of each class for testing, and files of the same bytes together, whatever their classes.
    ///
    /// A class of at least two different pictures has both kinds; one of a single picture is for training.
    func split(_ samples: [Sample], classes: Int, share: Double) throws(DataError) -> (train: [Sample], test: [Sample]) {
        let groups = try SampleOrder.duplicates(in: mixed(samples))
        var counts = Array(repeating: 0, count: classes), distinct = counts
        for sample in samples { counts[Int(sample.label)] += 1 }
        for group in groups { for label in Set(group.map(\.label)) { distinct[Int(label)] += 1 } }

        var room = (0..<classes).map { label in
            distinct[label] < 2 ? 0 : max(1, Int((Double(counts[label]) * share).rounded()))
        }
        var isTest = groups.map { _ in false }
        func test(_ place: Int) {
            isTest[place] = true
            for sample in groups[place] { room[Int(sample.label)] -= 1 }
        }
        let wanted = room
        for (place, group) in groups.enumerated() {
            let needed = group.reduce(into: [Int: Int]()) { $0[Int($1.label), default: 0] += 1 }
            if needed.allSatisfy({ $0.value <= room[$0.key] }) { test(place) }
        }
        // Where every group is larger than the share, the smallest has to do.
        for label in 0..<classes where wanted[label] > 0 && room[label] == wanted[label] {
            let own = groups.indices.filter { groups[$0].allSatisfy { $0.label == label } }
            if let smallest = own.min(by: { groups[$0].count < groups[$1].count }) { test(smallest) }
        }
        let train = groups.indices.filter { !isTest[$0] }.flatMap { groups[$0] }
        let tests = groups.indices.filter { isTest[$0] }.flatMap { groups[$0] }
        return (train, tests.sorted { naturallyPrecedes($0.file.path, $1.file.path) })
    }

    /// Samples of the same bytes together, in the order of each group's first.
    private static func duplicates(in samples: [Sample]) throws(DataError) -> [[Sample]] {
        let sizes = samples.reduce(into: [Int: Int]()) { $0[$1.file.size, default: 0] += 1 }
        var groups = [[Sample]](), places = [String: Int]()
        for sample in samples {
            // What has no twin in size has none in content. What cannot be read is told when it is loaded.
            if sizes[sample.file.size] ?? 0 > 1, let bytes = try? sample.file.bytes() {
                let sum = Checksum.sha256(of: bytes)
                if let place = places[sum] {
                    groups[place].append(sample)
                    continue
                }
                places[sum] = groups.count
            }
            groups.append([sample])
        }
        return groups
    }
}
