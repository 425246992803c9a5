import Crypto
import EdgeModel
import Foundation
import GatewayTestSupport
import NIOSSL
import Testing
import X509

@testable import EdgeTunnel

@Suite struct LocalAuthorityTests {
    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `the authority is made once, and its key is nobody else's to read`() async throws {
        try await TemporaryDirectory.with { directory in
            let files = AuthorityFiles(directory: directory.path)
            let first = try files.load()
            #expect(try mode(directory.path + "/ca.pem") == 0o644)
            #expect(try mode(directory.path + "/ca-key.pem") == 0o600)
            #expect(try files.load().certificate == first.certificate)
            #expect(try files.load().key.rawRepresentation == first.key.rawRepresentation)
        }
    }

    @Test func `a certificate that clients trust is not replaced when its key is gone`() async throws {
        try await TemporaryDirectory.with { directory in
            let files = AuthorityFiles(directory: directory.path)
            _ = try files.load()
            try P256.Signing.PrivateKey().pemRepresentation
                .write(toFile: directory.path + "/ca-key.pem", atomically: true, encoding: .utf8)
            #expect(throws: EdgeError.self) { try files.load() }
            try FileManager.default.removeItem(atPath: directory.path + "/ca-key.pem")
            #expect(throws: EdgeError.self) { try files.load() }
            try FileManager.default.removeItem(atPath: directory.path + "/ca.pem")
            _ = try files.load()
        }
    }

    @Test func `a name's certificate is kept for a day, and then made anew`() async throws {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock()
            let authority = try LocalAuthority(directory: directory.path, clock: clock.clock)
            let first = try authority.context(for: "api.hubble.com")
            #expect(try authority.context(for: "api.hubble.com") === first)
            #expect(try authority.context(for: "gw-api.hubble.com") !== first)
            clock.advance(by: LocalAuthority.renewal)
            #expect(try authority.context(for: "api.hubble.com") !== first)
        }
    }

    @Test func `a certificate from before the clock was set is made anew`() async throws {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock(wall: Timestamp(seconds: 60))
            let authority = try LocalAuthority(directory: directory.path, clock: clock.clock)
            let undated = try authority.context(for: "api.hubble.com")
            #expect(try authority.context(for: "api.hubble.com") === undated)
            clock.setWall(ManualClock.noon)
            let dated = try authority.context(for: "api.hubble.com")
            #expect(dated !== undated)
            #expect(try authority.context(for: "api.hubble.com") === dated)
        }
    }

    @Test func `certificates hold from 1970 on and say who issued them`() throws {
        let key = P256.Signing.PrivateKey()
        let authority = try IssuedCertificate.authority(key)
        let leaf = try IssuedCertificate.server(
            "api.hubble.com", P256.Signing.PrivateKey().publicKey, until: Timestamp(seconds: 86_400),
            by: authority, key)
        for certificate in [authority, leaf] {
            #expect(certificate.notValidBefore == Date(timeIntervalSince1970: 0))
            #expect(certificate.issuer == authority.subject)
            #expect(authority.publicKey.isValidSignature(certificate.signature, for: certificate))
        }
        #expect(leaf.notValidAfter == Date(timeIntervalSince1970: 86_400))
        let identifier = try #require(try leaf.extensions.authorityKeyIdentifier?.keyIdentifier)
        #expect(try authority.extensions.subjectKeyIdentifier?.keyIdentifier == identifier)
    }
}
