public import StriateGraph

/// A data set that has a name: what it holds, and where its files come from.
public struct CatalogEntry: Hashable, Sendable {
    /// What the command line calls it.
    public let name: String
    public let summary: String
    public let shape: Shape
    public let trainCount: Int
    public let testCount: Int
    public let classes: [String]
    /// Addresses of folders that hold ``files``, tried in turn. Empty for a data set that is made, not fetched.
    public let mirrors: [String]
    public let files: [RemoteFile]

    public init(
        name: String, summary: String, shape: Shape, trainCount: Int, testCount: Int, classes: [String], mirrors: [String],
        files: [RemoteFile]
    ) {
        self.name = name
        self.summary = summary
        self.shape = shape
        self.trainCount = trainCount
        self.testCount = testCount
        self.classes = classes
        self.mirrors = mirrors
        self.files = files
    }

    /// Whether it is generated and needs no files.
    public var isBuiltIn: Bool { files.isEmpty }
}

/// A file that can be fetched, and how to know that it arrived whole.
public struct RemoteFile: Hashable, Sendable {
    public let name: String
    public let size: Int
    /// 64 hexadecimal digits.
    public let sha256: String

    public init(name: String, size: Int, sha256: String) {
        self.name = name
        self.size = size
        self.sha256 = sha256
    }
}

/// The data sets that have names.
public enum Catalog {
    public static let entries = [digits, mnist, fashionMNIST, cifar10]

    /// - Throws: ``DataError`` for an unknown name, with the nearest known one.
    public static func entry(named name: String) throws(DataError) -> CatalogEntry {
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let names = entries.map(\.name)
        throw DataError(
            name, "is no data set's name (\(names.joined(separator: ", "))) and no folder\(Suggestion.hint(for: name, among: names))")
    }

    public static let digits = CatalogEntry(
        name: "digits", summary: "handwritten-looking digits, drawn from a seed", shape: [1, 28, 28],
        trainCount: Digits.trainCount, testCount: Digits.testCount, classes: Digits.classes, mirrors: [], files: [])

    /// LeCun, Cortes and Burges, 1998.
    public static let mnist = CatalogEntry(
        name: "mnist", summary: "handwritten digits", shape: [1, 28, 28], trainCount: 60000, testCount: 10000,
        classes: (0...9).map(String.init),
        mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
        files: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", size: 9_912_422,
                sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", size: 28_881,
                sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", size: 1_648_877,
                sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", size: 4_542,
                sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ])

    /// Xiao, Rasul and Vollgraf, 2017. Its site speaks no HTTPS; the checksums vouch for the files.
    public static let fashionMNIST = CatalogEntry(
        name: "fashion-mnist", summary: "pieces of clothing", shape: [1, 28, 28], trainCount: 60000, testCount: 10000,
        classes: [
            "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
        ],
        mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        files: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", size: 26_421_880,
                sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", size: 29_515,
                sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", size: 4_422_102,
                sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", size: 5_148,
                sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ])

    /// Krizhevsky, 2009.
    public static let cifar10 = CatalogEntry(
        name: "cifar10", summary: "small photographs of objects", shape: [3, 32, 32], trainCount: 50000, testCount: 10000,
        classes: CIFAR.classes,
        mirrors: ["https://www.cs.toronto.edu/~kriz/"],
        files: [
            RemoteFile(
                name: "cifar-10-binary.tar.gz", size: 170_052_171,
                sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
        ])
}
