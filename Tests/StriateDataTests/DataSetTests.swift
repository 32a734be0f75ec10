import Foundation
import StriateData
import StriateGraph
import Testing

@Suite struct DataSetTests {
    private let images = idx([3, 2, 2], Array(1...12))
    private let labels = idx([3], [2, 0, 1])

    @Test func aFolderOfIDXFilesIsADataSet() throws {
        try withFolder { folder in
            try save(images, to: folder + "/train-images-idx3-ubyte")
            try save(gzip(labels), to: folder + "/train-labels-idx1-ubyte.gz")
            try save(gzip(images), to: folder + "/t10k-images.idx3-ubyte.gz")
            try save(idx([3], [0, 0, 1]), to: folder + "/t10k-labels.idx1-ubyte")
            let set = try DataSet.load(folder)
            #expect(set.train.labels == [2, 0, 1] && set.train.pixels == Array(1...12) && set.train.shape == [1, 2, 2])
            #expect(set.test.classes == ["0", "1", "2"], "the classes are those of both parts")
            #expect(try DataSet.load(.test, of: folder) == set.test)
        }
    }

    @Test func testImagesAreKnownByTheirFileAndNumber() throws {
        let preprocessing = Preprocessing([1, 2, 2], mean: [0], standardDeviation: [1])
        try withFolder { folder in
            for part in ["train", "t10k"] {
                try save(images, to: folder + "/\(part)-images-idx3-ubyte")
                try save(labels, to: folder + "/\(part)-labels-idx1-ubyte")
            }
            let reader = try DataReader(folder)
            let test = try reader.loader(.test, for: preprocessing)
            #expect((0..<3).map(test.origin) == (0..<3).map { "\(folder)/t10k-images-idx3-ubyte:\($0)" })
            // Some of the file's training images may be for validation.
            #expect(try reader.loader(.train, for: preprocessing).origin(of: 0) == nil)
            let batch = try #require(try test.batches(of: 2, order: [2, 0, 1]).next())
            #expect(Array(batch.numbers) == [2, 0])
        }
        #expect(try DataReader("digits", splits: [.test]).loader(.test, for: preprocessing).origin(of: 0) == nil)
    }

    @Test func onePartAloneIsEnoughToLoadIt() throws {
        try withFolder { folder in
            try save(images, to: folder + "/t10k-images-idx3-ubyte")
            try save(labels, to: folder + "/t10k-labels-idx1-ubyte")
            #expect(try DataSet.load(.test, of: folder).count == 3)
            #expect(complaint { () throws(DataError) in try DataSet.load(folder) }.contains("has no training images"))
        }
    }

    @Test func partsMustHaveOneShape() throws {
        try withFolder { folder in
            try save(images, to: folder + "/train-images-idx3-ubyte")
            try save(labels, to: folder + "/train-labels-idx1-ubyte")
            try save(idx([3, 1, 4], Array(1...12)), to: folder + "/t10k-images-idx3-ubyte")
            try save(labels, to: folder + "/t10k-labels-idx1-ubyte")
            #expect(complaint { () throws(DataError) in try DataSet.load(folder) }.contains("training images are 1×2×2, but test images are 1×1×4"))
        }
    }

    private var cifarFiles: [(path: String, bytes: [UInt8])] {
        (1...5).map { ("cifar-10-batches-bin/data_batch_\($0).bin", cifar([UInt8($0), 0])) } + [
            ("cifar-10-batches-bin/test_batch.bin", cifar([9])),
            ("cifar-10-batches-bin/batches.meta.txt", Array((0...9).map { "class \($0)\n" }.joined().utf8)),
        ]
    }

    @Test func CIFARLoadsFromItsFolderAndItsArchiveAlike() throws {
        try withFolder { folder in
            for file in cifarFiles { try save(file.bytes, to: folder + "/files/" + file.path) }
            try save(gzip(tar(cifarFiles)), to: folder + "/archive/cifar10/cifar-10-binary.tar.gz")
            let set = try DataSet.load(folder + "/files")
            #expect(set.train.labels == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0] && set.test.labels == [9])
            #expect(set.test.classes[9] == "class 9")
            let packed = try DataSet.load("cifar10", directory: folder + "/archive")
            #expect(packed.train == set.train && packed.test == set.test)
            #expect(try DataSet.load(.test, of: folder + "/archive/cifar10/cifar-10-binary.tar.gz") == set.test)
        }
    }

    @Test func aDamagedArchiveNamesWhatIsMissing() throws {
        try withFolder { folder in
            try save(tar(Array(cifarFiles.prefix(4))), to: folder + "/c.tar")
            #expect(complaint { () throws(DataError) in try DataSet.load(.train, of: folder + "/c.tar") }.contains("holds no data_batch_5.bin"))
        }
    }

    @Test func digitsNeedNoFiles() throws {
        let set = try DataSet.load(.test, of: "digits", directory: "/nowhere", seed: 5)
        #expect(set == Digits.make(.test, seed: 5))
        #expect(set.count == Digits.testCount)
    }

    @Test func unknownNamesAndPathsGetAHint() throws {
        #expect(complaint { () throws(DataError) in try DataSet.load("mnits") }.hasSuffix("did you mean mnist?"))
        #expect(complaint { () throws(DataError) in try DataSet.load("fashionmnist") }.hasSuffix("did you mean fashion-mnist?"))
        #expect(!complaint { () throws(DataError) in try DataSet.load("photographs") }.contains("did you mean"))
        #expect(complaint { () throws(DataError) in try DataSet.load("/nowhere/at all") } == "/nowhere/at all: no such file or folder")
        try withFolder { folder in
            #expect(complaint { () throws(DataError) in try DataSet.load(folder) }.contains("holds no data set that is known"))
            try save([1], to: folder + "/picture")
            #expect(complaint { () throws(DataError) in try DataSet.load(folder + "/picture") }.contains("is a single file"))
        }
    }

    @Test func dataSetsAreSearchedWhereTheUserSays() {
        #expect(DataDirectory.candidates(directory: "d", environment: ["STRIATE_DATA": "s"]) == ["d"])
        #if os(Linux)
        #expect(DataDirectory.candidates(environment: ["STRIATE_DATA": "s", "HOME": "/h"]) == ["s", "/h/.cache/striate"])
        #expect(DataDirectory.candidates(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"]) == ["/x/striate"])
        #expect(DataDirectory.candidates(environment: ["XDG_CACHE_HOME": "x", "HOME": "/h"]) == ["/h/.cache/striate"])
        #endif
    }

    @Test(.enabled(if: realData != nil, "needs STRIATE_DATA"))
    func MNISTIsMNIST() throws {
        let set = try DataSet.load("mnist")
        #expect(set.train.count == 60000 && set.test.count == 10000 && set.train.shape == [1, 28, 28])
        #expect(Array(set.train.labels.prefix(10)) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
        #expect(Array(set.test.labels.prefix(10)) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
        // The published mean of the training pixels, 0.1307.
        let sum = set.train.pixels.reduce(0) { $0 + Int($1) }
        #expect(abs(Double(sum) / Double(set.train.pixels.count) / 255 - 0.1307) < 0.00005)
        let folder = try #require(try DataSet.path(of: "mnist"))
        for file in Catalog.mnist.files { #expect(try Checksum.sha256(ofFile: folder + "/" + file.name) == file.sha256) }
    }

    @Test(.enabled(if: realData != nil, "needs STRIATE_DATA"))
    func FashionMNISTIsFashionMNIST() throws {
        let set = try DataSet.load(.test, of: "fashion-mnist")
        #expect(set.count == 10000 && set.classes[9] == "ankle boot")
        #expect(Array(set.labels.prefix(5)) == [9, 2, 1, 1, 6])
    }
}

@Suite struct ShuffleTests {
    @Test func everyIndexComesOnce() {
        #expect(Shuffle.permutation(of: 1000, seed: 1, epoch: 3).sorted() == Array(0..<1000))
        #expect(Shuffle.permutation(of: 0, seed: 1, epoch: 0).isEmpty)
    }

    @Test func theOrderDependsOnSeedAndEpochAlone() {
        let order = Shuffle.permutation(of: 100, seed: 1, epoch: 3)
        #expect(order == Shuffle.permutation(of: 100, seed: 1, epoch: 3))
        #expect(order != Shuffle.permutation(of: 100, seed: 1, epoch: 4))
        #expect(order != Shuffle.permutation(of: 100, seed: 2, epoch: 3))
    }

    @Test func placesAreEquallyLikely() {
        // Where 0 ends up in 4 places over 4000 epochs: 1000 each, standard deviation 27.
        var counts = [0, 0, 0, 0]
        for epoch in 0..<4000 { counts[Shuffle.permutation(of: 4, seed: 9, epoch: epoch).firstIndex(of: 0) ?? 0] += 1 }
        #expect(counts.allSatisfy { abs($0 - 1000) < 140 }, "\(counts)")
    }
}
