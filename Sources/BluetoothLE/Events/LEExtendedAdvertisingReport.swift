/// One report of HCI_LE_Extended_Advertising_Report (Vol 4 Part E 7.7.65.13): a legacy or an
/// extended advertisement, or a fragment of one.
package struct LEExtendedAdvertisingReport: Hashable, Sendable {
    package var eventType: EventType  // Event_Type
    package var addressType: BluetoothAddressType  // Address_Type
    package var address: BluetoothAddress  // Address, least significant byte first
    package var primaryPHY: UInt8  // Primary_PHY: 1 is LE 1M, 3 LE Coded
    package var secondaryPHY: UInt8  // Secondary_PHY: 0 when there was none
    /// 0...15; 0xFF when the advertisement has none.
    package var advertisingSID: UInt8  // Advertising_SID
    /// In dBm; nil when unknown (127 on the wire).
    package var transmitPower: Int8?  // TX_Power
    /// In dBm; nil when unknown (127 on the wire).
    package var rssi: Int8?  // RSSI
    /// In units of 1.25 ms; 0 without periodic advertising.
    package var periodicInterval: UInt16  // Periodic_Advertising_Interval
    package var directAddressType: BluetoothAddressType  // Direct_Address_Type
    package var directAddress: BluetoothAddress  // Direct_Address
    /// At most 229 bytes in one report.
    package var data: AdvertisingData  // Data_Length, Data

    package static let maximumDataByteCount = 229
    /// Everything but the data.
    static let fixedByteCount = 24

    package init(
        eventType: EventType, addressType: BluetoothAddressType, address: BluetoothAddress,
        primaryPHY: UInt8 = 1, secondaryPHY: UInt8 = 0, advertisingSID: UInt8 = 0xFF,
        transmitPower: Int8? = nil, rssi: Int8?, periodicInterval: UInt16 = 0,
        directAddressType: BluetoothAddressType = .publicDevice,
        directAddress: BluetoothAddress = BluetoothAddress(rawValue: 0), data: AdvertisingData
    ) {
        self.eventType = eventType
        self.addressType = addressType
        self.address = address
        self.primaryPHY = primaryPHY
        self.secondaryPHY = secondaryPHY
        self.advertisingSID = advertisingSID
        self.transmitPower = transmitPower
        self.rssi = rssi
        self.periodicInterval = periodicInterval
        self.directAddressType = directAddressType
        self.directAddress = directAddress
        self.data = data
    }

    /// Appends the report in wire order; data beyond 229 bytes is cut off.
    package func encode(into bytes: inout [UInt8]) {
        let payload = data.bytes.prefix(Self.maximumDataByteCount)
        bytes.appendLittleEndian(eventType.rawValue)
        bytes.append(addressType.rawValue)
        bytes.appendLittleEndian(address.rawValue, byteCount: 6)
        bytes.append(primaryPHY)
        bytes.append(secondaryPHY)
        bytes.append(advertisingSID)
        bytes.appendDecibels(transmitPower)
        bytes.appendDecibels(rssi)
        bytes.appendLittleEndian(periodicInterval)
        bytes.append(directAddressType.rawValue)
        bytes.appendLittleEndian(directAddress.rawValue, byteCount: 6)
        bytes.append(UInt8(truncatingIfNeeded: payload.count))
        bytes.append(contentsOf: payload)
    }
}
