import BluetoothLE
import EdgeModel
import EdgeSimulation
import HubbleAdvertising
import LoRaWAN
import SemtechUDP
import Testing

@Suite struct SimulatedFleetTests {
    let start = Timestamp(seconds: 1_800_000_000)
    let fleet: SimulatedFleet = {
        var plan = SimulatedFleet.Plan()
        plan.seed = 7
        plan.bluetoothCount = 100
        plan.loraCount = 20
        return SimulatedFleet(plan)
    }()

    @Test func `one seed gives one fleet, another seed another`() {
        let again = SimulatedFleet(fleet.plan)
        #expect(again.bluetooth.map(\.devEUI) == fleet.bluetooth.map(\.devEUI))
        var plan = fleet.plan
        plan.seed = 8
        let other = Set(SimulatedFleet(plan).bluetooth.map(\.devEUI))
        #expect(other.isDisjoint(with: fleet.bluetooth.map(\.devEUI)))
        let all = (fleet.bluetooth + fleet.lora).map(\.devEUI)
        #expect(Set(all).count == 120)
    }

    @Test func `of a hundred devices as many send each version as planned`() {
        var counts = (counterMode: 0, eax: 0, unencrypted: 0)
        for device in fleet.bluetooth {
            switch device.radio {
            case .counterMode: counts.counterMode += 1
            case .eax: counts.eax += 1
            case .unencrypted: counts.unencrypted += 1
            case .lorawan: Issue.record("a LoRaWAN device among the Bluetooth ones")
            }
        }
        #expect(counts == (85, 10, 5))
    }

    @Test func `every advertisement opens with the key that was given for registration`() throws {
        let listed = fleet.bluetooth.enumerated().compactMap { number, device -> ListedDevice? in
            switch device.radio {
            case .counterMode(let key), .eax(let key, _):
                return DeviceKey(key.bytes).map { ListedDevice(index: Int32(number), key: $0) }
            default: return nil
            }
        }
        let keys = Dictionary(uniqueKeysWithValues: listed.map { ($0.index, $0.key) })
        let today = try #require(TimeCounter(unixSeconds: start.seconds))
        let table = EphemeralIDTable(
            devices: listed, window: today...TimeCounter(rawValue: today.rawValue + 1))
        var opener = HubbleOpener()
        var seen: Set<Int32> = []
        for timed in BluetoothTraffic(fleet, start: start).prefix(1_000) {
            let serviceData = try #require(timed.value.data.serviceData(uuid: 0xFCA6))
            #expect(timed.value.data.bytes.count <= 31)
            switch opener.open(Array(serviceData), in: table, key: { keys[$0] }) {
            case .opened(let packet):
                seen.insert(packet.candidate.deviceIndex)
                // Cayenne LPP: channel 1, temperature.
                #expect(packet.payload.starts(with: [1, 0x67]))
            case .unencrypted(let packet): #expect(packet.payload.starts(with: [1, 0x67]))
            case let outcome: Issue.record("\(outcome)")
            }
        }
        #expect(seen.count == 95)
    }

    @Test func `a message is sent several times with the same bytes at other strengths`() {
        var byAdvertisement: [ArraySlice<UInt8>: [Int8?]] = [:]
        for timed in BluetoothTraffic(fleet, start: start).prefix(3_000) {
            byAdvertisement[timed.value.data.bytes, default: []].append(timed.value.rssi)
        }
        let complete = byAdvertisement.values.filter { $0.count == 3 }
        #expect(complete.count > 900)
        #expect(complete.contains { Set($0).count > 1 })
    }

    @Test func `traffic is in order of time and keeps the period`() {
        let times = BluetoothTraffic(fleet, start: start).prefix(3_000).map(\.due)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        // 100 devices, one message a minute, three transmissions each: 300 a minute.
        let firstTenMinutes = BluetoothTraffic(fleet, start: start).prefix { $0.due < .seconds(600) }
        #expect((2_900...3_100).contains(firstTenMinutes.count))
    }

    @Test func `two forwarders hear the same frames at other strengths`() {
        let first = LoRaTraffic(fleet, listener: 0).prefix(200).map(\.value)
        let second = LoRaTraffic(fleet, listener: 1).prefix(200).map(\.value)
        #expect(first.map(\.payload) == second.map(\.payload))
        #expect(first.map(\.frequency) == second.map(\.frequency))
        #expect(first.map(\.signal.rssi) != second.map(\.signal.rssi))
    }

    @Test func `every uplink verifies with the session given for registration, and counts up`() throws {
        var sessions: [UInt32: LoRaWANPersonalisation] = [:]
        for device in fleet.lora {
            if case .lorawan(let session) = device.radio { sessions[session.devAddr] = session }
        }
        var counters: [UInt32: UInt32] = [:]
        for timed in LoRaTraffic(fleet, listener: 0).prefix(500) {
            let frame = try DataFrame(decoding: timed.value.payload)
            let session = try #require(sessions[frame.devAddr.rawValue])
            let counter = FrameCounter(rawValue: counters[session.devAddr] ?? 0)
            let nwkSKey = try #require(AESKey(session.networkSessionKey.bytes))
            let appSKey = try #require(AESKey(session.applicationSessionKey.bytes))
            #expect(frame.verifyUplink(nwkSKey: nwkSKey, counter: counter))
            let keys = SessionKeys(nwkSKey: nwkSKey, appSKey: appSKey)
            #expect(frame.openPayload(keys: keys, counter: counter).starts(with: [1, 0x67]))
            counters[session.devAddr] = counter.rawValue + 1
        }
        #expect(counters.count == 20)
    }

    @Test func `a device that has used up its sequence numbers is silent until the next day`() {
        var plan = SimulatedFleet.Plan()
        plan.bluetoothCount = 1
        plan.eaxPercent = 0
        plan.unencryptedPercent = 0
        plan.period = .seconds(10)
        plan.jitter = .zero
        plan.repetitions = 1
        let midnight = Timestamp(seconds: 1_800_000_000 / 86_400 * 86_400)
        let days = BluetoothTraffic(SimulatedFleet(plan), start: midnight).prefix(2_048).map {
            midnight.advanced(by: $0.due).day - midnight.day
        }
        #expect(days.filter { $0 == 0 }.count == 1_024)
        #expect(days.filter { $0 == 1 }.count == 1_024)
    }
}
