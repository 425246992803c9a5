/// One report of HCI_LE_Advertising_Report (Vol 4 Part E 7.7.65.2): a legacy advertisement.
package struct LEAdvertisingReport: Hashable, Sendable {
    package var eventType: EventType  // Event_Type
    package var addressType: BluetoothAddressType  // Address_Type
    package var address: BluetoothAddress  // Address, least significant byte first
    /// At most 31 bytes.
    package var data: AdvertisingData  // Data_Length, Data
    /// In dBm; nil when the controller does not know it (127 on the wire).
    package var rssi: Int8?  // RSSI

    /// The kind of advertising PDU. The specification reserves the values beyond 4.
    package enum EventType: UInt8, Hashable, Sendable, CaseIterable {
        case connectableUndirected = 0x00  // ADV_IND
        case connectableDirected = 0x01  // ADV_DIRECT_IND
        case scannableUndirected = 0x02  // ADV_SCAN_IND
        case nonConnectable = 0x03  // ADV_NONCONN_IND
        case scanResponse = 0x04  // SCAN_RSP
    }

    /// What one legacy PDU carries at most.
    package static let maximumDataByteCount = 31
    /// Everything but the data.
    static let fixedByteCount = 10

    package init(
        eventType: EventType, addressType: BluetoothAddressType, address: BluetoothAddress,
        data: AdvertisingData, rssi: Int8?
    ) {
        self.eventType = eventType
        self.addressType = addressType
        self.address = address
        self.data = data
        self.rssi = rssi
    }

    /// Appends the report in wire order; data beyond 31 bytes is cut off.
    package func encode(into bytes: inout [UInt8]) {
        let payload = data.bytes.prefix(Self.maximumDataByteCount)
        bytes.append(eventType.rawValue)
        bytes.append(addressType.rawValue)
        bytes.appendLittleEndian(address.rawValue, byteCount: 6)
        bytes.append(UInt8(truncatingIfNeeded: payload.count))
        bytes.append(contentsOf: payload)
        bytes.appendDecibels(rssi)
    }
}
