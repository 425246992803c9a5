// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// What every target of ours is held to. Module walls are checked by `Tests/check-imports`.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// What a release binary is linked with: no table of exported names, packed relocations and one copy of
/// equal functions make it a fifth smaller in memory.
let small: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--icf=safe", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z",
            "-Xlinker", "pack-relative-relocs",
        ], .when(platforms: [.linux], configuration: .release))
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["EdgeTestSupport"], swiftSettings: strict)
}

let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
]
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"),
    .product(name: "SwiftASN1", package: "swift-asn1"),
    .product(name: "Crypto", package: "swift-crypto"),
]
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "holdfast",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "holdfast", targets: ["holdfast"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Formats: bytes to values and back. No I/O, no clock, nothing of ours.
        .systemLibrary(name: "CBluetooth"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CHaru"),
        .systemLibrary(name: "CDuktape"),
        module("BluetoothLE"),
        module("HubbleAdvertising", crypto),
        module("SemtechUDP"),
        module("LoRaWAN", crypto),
        module("LoRaNetwork", ["LoRaWAN"]),
        module("PayloadCodecs"),
        // The gateway: values, storage, rules, radios, the pipeline.
        module("EdgeModel", ["CLinux", .product(name: "Crypto", package: "swift-crypto")]),
        module("SyncProtocol", ["CZlib", "EdgeModel", .product(name: "Crypto", package: "swift-crypto")]),
        module("EdgeStore", ["EdgeModel", grdb, sqlite, logging] + crypto),
        module("EdgeDocuments", ["CHaru", "EdgeModel"]),
        module("EdgeCore", ["EdgeModel", "EdgeStore", "EdgeDocuments", "SyncProtocol", logging] + crypto),
        module(
            "EdgeRadio",
            [
                "BluetoothLE", "CBluetooth", "HubbleAdvertising", "SemtechUDP", "EdgeModel",
                nioCore, nioPosix, logging, metrics, coreMetrics, serviceLifecycle,
            ]),
        module(
            "EdgeNetwork",
            ["EdgeModel", "EdgeStore", "LoRaWAN", "LoRaNetwork", logging, coreMetrics, serviceLifecycle]),
        module(
            "EdgeIngest",
            [
                "EdgeModel", "EdgeStore", "EdgeNetwork", "HubbleAdvertising", "LoRaWAN", "LoRaNetwork",
                logging, coreMetrics, serviceLifecycle,
            ]),
        module(
            "EdgeDelivery",
            [
                "EdgeModel", "EdgeStore", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL, logging,
                coreMetrics, serviceLifecycle,
            ]),
        module(
            "EdgeSync",
            [
                "EdgeModel", "EdgeStore", "EdgeCore", "EdgeDelivery", "HubbleAdvertising", "SyncProtocol",
                nioCore, nioHTTP1, nioPosix, nioSSL,
                logging, coreMetrics, serviceLifecycle,
            ] + crypto),
        module(
            "EdgeCodecs",
            ["CDuktape", "EdgeModel", "EdgeStore", "PayloadCodecs", nioPosix, logging, serviceLifecycle]),
        module(
            "EdgeSimulation",
            [
                "BluetoothLE", "HubbleAdvertising", "SemtechUDP", "LoRaWAN", "EdgeModel", nioCore, nioPosix,
                logging, serviceLifecycle,
            ]),
        // The API: what dialects share, then one module for each dialect.
        module(
            "EdgeHTTP",
            [
                "CZlib", "EdgeModel", "EdgeStore", "EdgeCore", hummingbird, hummingbirdCore, httpTypes,
                logging, coreMetrics, nioCore,
                serviceLifecycle,
            ]),
        module("EdgeTunnel", ["EdgeModel", nioCore, nioSSL, logging, coreMetrics] + certificates),
        module(
            "HubbleDialect", ["EdgeModel", "EdgeCore", "EdgeHTTP", "PayloadCodecs", httpTypes, nioCore]),
        module("SyncDialect", ["EdgeModel", "EdgeCore", "EdgeHTTP", "SyncProtocol", httpTypes, nioCore]),
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "EdgeModel", "EdgeStore", "EdgeCore", "EdgeRadio", "EdgeNetwork", "EdgeIngest",
                "EdgeDelivery", "EdgeHTTP", "EdgeCodecs",
                "EdgeTunnel", "HubbleDialect", "EdgeSync", "SyncDialect", "EdgeSimulation", "CLinux",
                "HubbleAdvertising", "SemtechUDP",
                argumentParser, asyncHTTPClient, hummingbird, nioHTTP1, logging, coreMetrics, nioCore,
                serviceLifecycle, unixSignals, yams,
            ],
            swiftSettings: strict, linkerSettings: small),

        // Tests, and what they share.
        .target(name: "EdgeTestSupport", path: "Tests/EdgeTestSupport", swiftSettings: strict),
        .target(
            name: "GatewayTestSupport", dependencies: ["EdgeModel", "EdgeStore", logging, sqlite],
            path: "Tests/GatewayTestSupport", swiftSettings: strict),
        .target(
            name: "PowerCutSupport", dependencies: ["EdgeTestSupport", sqlite],
            path: "Tests/PowerCutSupport", swiftSettings: strict),
        tests("BluetoothLETests", ["BluetoothLE"]),
        tests("HubbleAdvertisingTests", ["HubbleAdvertising"] + crypto),
        tests("SemtechUDPTests", ["SemtechUDP"]),
        tests("LoRaWANTests", ["LoRaWAN"]),
        tests("LoRaNetworkTests", ["LoRaNetwork", "LoRaWAN"]),
        tests("EdgeModelTests", ["EdgeModel"]),
        tests(
            "EdgeStoreTests", ["EdgeModel", "EdgeStore", "GatewayTestSupport", "PowerCutSupport", sqlite]),
        tests(
            "EdgeRadioTests",
            [
                "CBluetooth", "EdgeRadio", "EdgeModel", "BluetoothLE", "SemtechUDP", nioCore, nioPosix,
                logging, metrics,
                coreMetrics, serviceLifecycle,
            ]),
        tests(
            "EdgeDeliveryTests",
            [
                "EdgeDelivery", "EdgeModel", "EdgeStore", "GatewayTestSupport", nioCore, nioHTTP1, nioPosix,
                logging, serviceLifecycle,
            ]),
        tests(
            "EdgeSyncTests",
            [
                "EdgeSync", "SyncProtocol", "EdgeCore", "EdgeModel", "EdgeStore", "EdgeDelivery",
                "GatewayTestSupport", "PowerCutSupport", "HubbleAdvertising", logging,
            ] + crypto),
        tests("PayloadCodecsTests", ["PayloadCodecs"]),
        tests("EdgeCodecsTests", ["EdgeCodecs", "EdgeModel", logging, serviceLifecycle]),
        tests("EdgeDocumentsTests", ["CZlib", "EdgeDocuments", "EdgeModel"]),
        tests("EdgeCoreTests", ["EdgeModel", "EdgeStore", "EdgeCore", "GatewayTestSupport"]),
        tests(
            "EdgeSimulationTests",
            [
                "EdgeSimulation", "BluetoothLE", "EdgeModel", "HubbleAdvertising", "LoRaWAN", "SemtechUDP",
                nioCore, nioPosix, logging, serviceLifecycle,
            ]),
        tests("EdgeHTTPTests", ["EdgeModel", "EdgeHTTP", httpTypes, nioCore]),
        tests(
            "EdgeTunnelTests",
            ["EdgeTunnel", "EdgeModel", "GatewayTestSupport", nioCore, nioSSL] + certificates),
        tests(
            "EdgeNetworkTests",
            [
                "EdgeNetwork", "EdgeIngest", "EdgeModel", "EdgeStore", "GatewayTestSupport", "LoRaNetwork",
                "LoRaWAN", logging, serviceLifecycle,
            ]),
        tests(
            "EdgeIngestTests",
            [
                "EdgeIngest", "EdgeModel", "EdgeStore", "GatewayTestSupport", "HubbleAdvertising", "LoRaWAN",
                logging, serviceLifecycle,
            ]),
    ])

// Benchmarks bring a package of their own, so they join only where they are asked for.
if ProcessInfo.processInfo.environment["HOLDFAST_BENCHMARKS"] != nil {
    package.dependencies.append(
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
    package.targets.append(
        .executableTarget(
            name: "EdgeBenchmarks",
            dependencies: [
                "BluetoothLE", "EdgeModel", "EdgeStore", "HubbleAdvertising", "LoRaNetwork", "LoRaWAN",
                "SemtechUDP", grdb, logging,
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Tests/Benchmarks/EdgeBenchmarks", swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}
