import EdgeModel
import Testing

@Suite struct `a packed device identifier` {
    @Test(arguments: [
        "6f1d6f0c-9a41-5a0e-8d53-7c1e2f60b9a4", "6F1D6F0C-9a41-5a0e-8d53-7c1e2f60b9a4",
        "6f1d6f0c9a415a0e8d537c1e2f60b9a4", "6f1d-6f0c9a41-5a0e-8d53-7c1e2f60b9a4", "sensor 7", "",
    ])
    func `is the identifier that it was made of`(_ text: String) {
        #expect(DeviceID(PackedDeviceID(DeviceID(text))).rawValue == text)
    }

    @Test func `takes no room beside itself when it was generated`() {
        let id = DeviceID(organization: OrganizationID("o"), devEUI: EUI64(rawValue: 1), generation: 0)
        guard case .unique(let unique) = PackedDeviceID(id) else {
            Issue.record("kept as text")
            return
        }
        #expect(unique.description == id.rawValue)
    }
}
