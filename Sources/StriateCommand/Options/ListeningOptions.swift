import ArgumentParser
import Foundation
import StriateStudio

/// Where a server listens, and whom it answers.
struct ListeningOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Address to listen on; 0.0.0.0 for all of this machine's.", valueName: "address"))
    var host = StudioOptions().host

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Port to listen on; 0 takes a free one and says which.", valueName: "n"))
    var port = StudioOptions().port

    @Option(name: .long, help: ArgumentHelp(
        "What requests must show as Authorization: Bearer …; better given by $STRIATE_TOKEN, which other users do not see.", valueName: "secret"))
    var token: String?

    @Option(name: .long, help: ArgumentHelp("Certificate chain for HTTPS, in PEM format.", valueName: "file"))
    var tlsCertificate: String?

    @Option(name: .long, help: ArgumentHelp("The certificate's private key, in PEM format.", valueName: "file"))
    var tlsKey: String?

    @Option(name: .long, help: ArgumentHelp(
        "Answer to this name too while listening on loopback without a token: that of a proxy in front. May be repeated.", valueName: "name"))
    var allowHost: [String] = []

    private static let ports = Limits(flag: "--port", range: 0...65_535)

    func validate() throws {
        try ListeningOptions.ports.check(port)
        guard (tlsCertificate == nil) == (tlsKey == nil) else { throw UsageError("--tls-certificate and --tls-key go together") }
        guard !host.isEmpty else { throw UsageError("--host takes an address, such as 127.0.0.1") }
        try ListeningOptions.check(token, from: "--token")
    }

    func options() throws -> StudioOptions {
        var options = StudioOptions()
        options.host = host
        options.port = port
        options.token = token ?? ProcessInfo.processInfo.environment["STRIATE_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        try ListeningOptions.check(options.token, from: "STRIATE_TOKEN")
        options.allowedHosts = allowHost
        if let tlsCertificate, let tlsKey { options.tls = .init(certificate: tlsCertificate, key: tlsKey) }
        return options
    }

    private static func check(_ token: String?, from source: String) throws {
        guard let token else { return }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw UsageError("\(source) takes visible ASCII characters without spaces")
        }
    }

    /// Those that were given, for a verb that listens only when told to.
    var given: [String] {
        let usual = StudioOptions()
        return [
            ("--host", host != usual.host), ("--port", port != usual.port), ("--token", token != nil), ("--tls-certificate", tlsCertificate != nil),
            ("--allow-host", !allowHost.isEmpty),
        ].filter(\.1).map(\.0)
    }
}

/// Whether a training is shown in the browser.
struct TrainingPageOptions: ParsableArguments {
    @Flag(name: .long, help: "Show the training in the browser while it goes on: curves, filters, mistakes; pause it, change its rate, stop it.")
    var studio = false

    @OptionGroup var listening: ListeningOptions

    /// Nil where it is not.
    func options() throws -> StudioOptions? {
        guard studio else {
            if let flag = listening.given.first { throw UsageError("\(flag) goes with --studio") }
            return nil
        }
        let options = try listening.options()
        // Whoever reaches the page can end the training.
        guard options.token != nil || options.isLoopback else {
            throw UsageError("--host \(options.host) lets other machines pause and stop the training; give a --token too")
        }
        return options
    }
}
