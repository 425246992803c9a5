/// The hosts that the published clients have built in, and that a gateway may stand in for.
package enum KnownNames {
    package static let all: Set<String> = [
        "api.hubble.com", "api-testing.hubblenetwork.io", "gw-api.hubble.com",
    ]
}
