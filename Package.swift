// swift-tools-version: 6.2
import PackageDescription

// Lane code is compiled for one CPU: the one it is built on, or the one that STRIATE_CPU names (`x86-64-v3`, `znver4`, …).
// Only the two rooms that hold lane code get the flag; the rest of a program stays portable and can refuse politely.
#if arch(arm64)
let cpuFlag = "-mcpu="
#else
let cpuFlag = "-march="
#endif
let cpu = Context.environment["STRIATE_CPU"] ?? "native"

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Numeric code is unusable without the optimiser, so these rooms have it in debug builds too.
// Loops over a tile's operands are long as they are; unrolled further, their sums no longer fit the registers.
let lanes: [SwiftSetting] = strict + [
    .unsafeFlags(["-Xcc", cpuFlag + cpu, "-Xllvm", "-unroll-runtime=false"]),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
]

let package = Package(
    name: "striate",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Striate", targets: ["Striate"]),
        .executable(name: "striate", targets: ["StriateCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // Only the Studio needs these: Hummingbird and, of what it is built on, what the Studio uses itself.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Inner rooms: the standard library alone.
        .target(name: "CLane"),
        .target(name: "StriateLanes", dependencies: ["CLane"], swiftSettings: lanes),
        .target(name: "StriateGraph", swiftSettings: strict),
        .target(name: "StriateEngine", dependencies: ["StriateGraph", "StriateLanes"], swiftSettings: lanes),
        .target(name: "StriateNetworks", dependencies: ["StriateGraph"], swiftSettings: strict),

        // Outer rooms.
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .target(name: "CJPEGShim", dependencies: ["CJPEG"]),
        .target(name: "CPNGShim", dependencies: ["CPNG"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "StriateData", dependencies: ["StriateGraph", "CJPEGShim", "CPNG", "CPNGShim", "CZlib", "COpenSSL"], swiftSettings: strict),
        .target(name: "StriateFormats", dependencies: ["StriateGraph"], swiftSettings: strict),
        .target(
            name: "StriateONNX",
            dependencies: [
                "StriateGraph", "StriateEngine", "StriateNetworks", "StriateFormats",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protobuf/onnx.proto", "Protobuf/generate"], swiftSettings: strict),
        .target(
            name: "StriateTraining",
            dependencies: ["StriateGraph", "StriateEngine", "StriateNetworks", "StriateData", "StriateFormats"],
            swiftSettings: strict),
        .target(
            name: "StriateInsight",
            dependencies: ["StriateGraph", "StriateEngine", "StriateNetworks", "StriateFormats", "StriateData", "StriateTraining"],
            // In the program itself: it needs no other file.
            resources: [.embedInCode("Page/Files")], swiftSettings: strict),
        .target(
            name: "Striate",
            dependencies: [
                "StriateGraph", "StriateEngine", "StriateNetworks", "StriateData", "StriateFormats", "StriateTraining",
                "StriateInsight", "StriateONNX",
            ], swiftSettings: strict),
        .target(
            name: "StriateStudio",
            dependencies: [
                "Striate", .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        // Not named `striate`: beside `Striate` the two would be one folder on a case-insensitive disk.
        .executableTarget(
            name: "StriateCommand",
            dependencies: [
                "Striate", "StriateStudio", .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),

        // What other engines are compared with; no product holds it.
        .target(
            name: "ReferenceEngine", dependencies: ["StriateEngine", "StriateGraph"], path: "Tests/ReferenceEngine",
            swiftSettings: strict),

        // Sockets for tests of what speaks HTTP.
        .target(name: "LoopbackSockets", path: "Tests/LoopbackSockets", swiftSettings: strict),

        .testTarget(name: "StriateLanesTests", dependencies: ["StriateLanes", "CLane"], swiftSettings: lanes),
        .testTarget(name: "StriateGraphTests", dependencies: ["StriateGraph"], swiftSettings: strict),
        .testTarget(
            name: "StriateEngineTests", dependencies: ["StriateEngine", "StriateGraph", "StriateFormats", "StriateNetworks", "ReferenceEngine"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "StriateNetworksTests", dependencies: ["StriateNetworks", "StriateGraph"], swiftSettings: strict),
        .testTarget(
            name: "StriateDataTests", dependencies: ["StriateData", "StriateGraph", "CZlib", "LoopbackSockets"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "StriateFormatsTests", dependencies: ["StriateFormats", "StriateGraph"], resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "StriateTrainingTests",
            dependencies: [
                "StriateTraining", "StriateNetworks", "StriateData", "StriateEngine", "StriateFormats", "StriateGraph", "ReferenceEngine",
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "StriateONNXTests", dependencies: ["StriateONNX", "StriateNetworks", "StriateFormats", "StriateGraph", "StriateEngine"],
            swiftSettings: strict),
        .testTarget(
            name: "StriateInsightTests",
            dependencies: ["StriateInsight", "StriateGraph", "StriateEngine", "StriateNetworks", "StriateData", "StriateTraining", "StriateFormats"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "StriateStudioTests",
            dependencies: [
                "StriateStudio", "Striate", "LoopbackSockets", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(name: "StriateCommandTests", dependencies: ["StriateCommand", "Striate"], swiftSettings: strict),
    ]
)
