import ArgumentParser
import EdgeCore
import EdgeModel
import EdgeStore
import FoundationEssentials
import NIOHTTP1

/// `holdfast export`: what the central does not have yet, to be carried there.
struct ExportBacklog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what a central does not have to a file, also while the gateway runs.",
        discussion: """
            Only that central can read it; holdfast import there takes it, as often as one likes. The rows \
            stay here until the central has confirmed them over the network.
            """)

    @OptionGroup var options: GatewayOptions

    @Flag(help: "What the central has not confirmed: the only choice there is.")
    var sinceMark = false

    @Option(help: "The identifier of the upstream, where there are several.")
    var upstream: String?

    @Argument(help: "The file to write.")
    var file: String

    func validate() throws {
        guard sinceMark else { throw ValidationError("say --since-mark") }
    }

    func run() async throws {
        let output = CarriedFile(path: file)
        var packets = 0
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            if let gateway = try LocalGateway(dataDirectory: directory, token: nil),
                let list = try await gateway.request(.GET, "/upstreams")
            {
                packets = try await export(from: gateway, list, to: output)
            } else {
                packets = try await exportOffline(directory, to: output)
            }
            try output.finish()
        } catch let error as ConfigurationError {
            output.discard()
            throw Failure.configuration(error.description)
        } catch {
            output.discard()
            throw error
        }
        Terminal.say("\(packets) packets  \(file)")
    }

    private func export(from gateway: LocalGateway, _ list: Data, to output: CarriedFile) async throws -> Int
    {
        struct Answer: Decodable { var upstreams: [UpstreamAnswer] }
        struct Batch: Decodable {
            var gatewayId: String
            var envelope: String?
            var packets: Int
            var through: Int64
        }
        let known = try LocalGateway.decoder.decode(Answer.self, from: list).upstreams.map(\.upstreamId)
        let id = try choose(among: known)
        var (after, packets) = (Int64(0), 0)
        while let data = try await gateway.request(.GET, "/upstreams/\(id)/export?after=\(after)") {
            let batch = try LocalGateway.decoder.decode(Batch.self, from: data)
            try output.begin(gateway: batch.gatewayId)
            guard let envelope = batch.envelope else { break }
            try output.write(envelope)
            (after, packets) = (batch.through, packets + batch.packets)
        }
        return packets
    }

    private func exportOffline(_ directory: String, to output: CarriedFile) async throws -> Int {
        var packets = 0
        if let left = try? HeardJournal.remains(in: directory).entries.count, left > 0 {
            Terminal.complain(
                "\(left) sightings are still in the journal: start the gateway to have them too")
        }
        try await OfflineCore.run(options) { core in
            guard let organization = try await core.organizations().first else { return }
            let list = try await core.upstreams.list(organization).map(\.upstream)
            let id = try choose(among: list.map(\.id.rawValue))
            guard let chosen = list.first(where: { $0.id.rawValue == id }) else { return }
            try output.begin(gateway: chosen.gateway.rawValue)
            var after: Int64 = 0
            while let batch = try await core.upstreams.export(chosen.id, after: after, in: organization) {
                try output.write(Data(batch.envelope).base64EncodedString())
                (after, packets) = (batch.through, packets + batch.packets)
            }
        }
        return packets
    }

    private func choose(among known: [String]) throws -> String {
        if let upstream { return upstream }
        guard known.count == 1 else {
            throw ConfigurationError(
                known.isEmpty
                    ? "there is no upstream" : "there are several upstreams: name one with --upstream")
        }
        return known[0]
    }
}

/// `holdfast import`: takes at a central what was exported at a gateway.
struct ImportBacklog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take at a central what a gateway exported, also while it runs.")

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The file that holdfast export wrote.")
    var file: String

    func run() async throws {
        var (batches, stored) = (0, 0)
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            let carried = try CarriedFile.read(file)
            if let central = try LocalGateway(dataDirectory: directory, token: nil),
                try await central.request(.GET, "/gateways/enrollments") != nil
            {
                struct Answer: Decodable { var stored: Int }
                let path = "/gateways/enrollments/\(carried.gateway)/batches"
                for envelope in carried.envelopes {
                    guard let data = try await central.request(.POST, path, body: ["envelope": envelope])
                    else { throw ConfigurationError("the central does not answer any more") }
                    batches += 1
                    stored += try LocalGateway.decoder.decode(Answer.self, from: data).stored
                }
            } else {
                try await OfflineCore.run(options) { core in
                    guard let organization = try await core.organizations().first else { return }
                    for envelope in carried.envelopes {
                        let receipt = try await core.central.take(
                            envelope: Array(Data(base64Encoded: envelope) ?? Data()),
                            of: GatewayID(carried.gateway), in: organization, by: .machine)
                        batches += 1
                        stored += receipt.stored
                    }
                }
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        Terminal.say("\(batches) batches, \(stored) packets that were not here")
    }
}
