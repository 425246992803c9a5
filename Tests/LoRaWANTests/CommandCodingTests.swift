import EdgeTestSupport
import LoRaWAN
import Testing

@Suite struct `Typed MAC commands` {
    /// Identifier and fields as the specification draws them.
    static let downlinks: [(DownlinkCommand, String, String)] = [
        (.linkCheckAns(margin: 20, gatewayCount: 3), "02 14 03", "LinkCheckAns margin=20 gateways=3"),
        (
            .linkADRReq(.init(dataRate: 5, power: 1, mask: 0x00FF, maskControl: 0, repetitions: 2)),
            "03 51 ff00 02", "LinkADRReq dataRate=5 txPower=1 chMask=00ff chMaskCntl=0 nbTrans=2"
        ),
        (
            .linkADRReq(.init(dataRate: 0, power: 15, mask: 1, maskControl: 7, repetitions: 1)),
            "03 0f 0100 71", "LinkADRReq dataRate=0 txPower=15 chMask=0001 chMaskCntl=7 nbTrans=1"
        ),
        (.dutyCycleReq(exponent: 7), "04 07", "DutyCycleReq maxDutyCycle=7"),
        (
            .rxParamSetupReq(.init(rx1Offset: 2, rx2DataRate: 3, rx2Frequency: 869_525_000)),
            "05 23 d2ad84", "RXParamSetupReq rx1DROffset=2 rx2DataRate=3 frequency=869525000"
        ),
        (.devStatusReq, "06", "DevStatusReq"),
        (
            .newChannelReq(.init(index: 3, frequency: 867_100_000, minimumDataRate: 0, maximumDataRate: 5)),
            "07 03 184f84 50", "NewChannelReq chIndex=3 frequency=867100000 minDR=0 maxDR=5"
        ),
        (.rxTimingSetupReq(delay: 5), "08 05", "RXTimingSetupReq delay=5"),
        (
            .txParamSetupReq(.init(limitsDownlinkDwell: true, limitsUplinkDwell: false, maximumEIRP: 5)),
            "09 25", "TxParamSetupReq downlinkDwell=true uplinkDwell=false maxEIRP=5"
        ),
        (
            .dlChannelReq(index: 1, frequency: 868_300_000), "0a 01 f87d84",
            "DlChannelReq chIndex=1 frequency=868300000"
        ),
        (.rekeyConf(minor: 1), "0b 01", "RekeyConf minor=1"),
        (.resetConf(minor: 1), "01 01", "ResetConf minor=1"),
        (
            .adrParamSetupReq(limitExponent: 6, delayExponent: 5), "0c 65",
            "ADRParamSetupReq limitExp=6 delayExp=5"
        ),
        (
            .deviceTimeAns(seconds: 1_400_000_000, fraction: 128), "0d 004e7253 80",
            "DeviceTimeAns seconds=1400000000 fraction=128/256"
        ),
        (
            .forceRejoinReq(.init(period: 2, maximumRetries: 3, type: 2, dataRate: 5)), "0e 2513",
            "ForceRejoinReq period=2 maxRetries=3 type=2 dataRate=5"
        ),
        (
            .rejoinParamSetupReq(timeExponent: 10, countExponent: 4), "0f a4",
            "RejoinParamSetupReq maxTimeN=10 maxCountN=4"
        ),
        (.deviceModeConf(deviceClass: 2), "20 02", "DeviceModeConf class=C"),
        (
            .other(MACCommand(identifier: 0x11, fields: [1, 2, 3, 4])), "11 01020304",
            "CID=11 fields=01020304"
        ),
    ]

    static let uplinks: [(UplinkCommand, String, String)] = [
        (.resetInd(minor: 1), "01 01", "ResetInd minor=1"),
        (.linkCheckReq, "02", "LinkCheckReq"),
        (
            .linkADRAns(isPowerAccepted: true, isDataRateAccepted: true, isMaskAccepted: false), "03 06",
            "LinkADRAns txPower=true dataRate=true chMask=false"
        ),
        (.dutyCycleAns, "04", "DutyCycleAns"),
        (
            .rxParamSetupAns(isOffsetAccepted: true, isDataRateAccepted: false, isChannelAccepted: true),
            "05 05", "RXParamSetupAns rx1DROffset=true rx2DataRate=false channel=true"
        ),
        (.devStatusAns(battery: 255, margin: -10), "06 ff 36", "DevStatusAns battery=255 margin=-10"),
        (.devStatusAns(battery: 0, margin: 31), "06 00 1f", "DevStatusAns battery=0 margin=31"),
        (
            .newChannelAns(isRangeAccepted: true, isFrequencyAccepted: false), "07 02",
            "NewChannelAns dataRateRange=true frequency=false"
        ),
        (.rxTimingSetupAns, "08", "RXTimingSetupAns"), (.txParamSetupAns, "09", "TxParamSetupAns"),
        (
            .dlChannelAns(hasUplinkChannel: true, isFrequencyAccepted: true), "0a 03",
            "DlChannelAns uplinkFrequency=true frequency=true"
        ),
        (.rekeyInd(minor: 1), "0b 01", "RekeyInd minor=1"), (.adrParamSetupAns, "0c", "ADRParamSetupAns"),
        (.deviceTimeReq, "0d", "DeviceTimeReq"),
        (.rejoinParamSetupAns(isTimeAccepted: true), "0f 01", "RejoinParamSetupAns time=true"),
        (.deviceModeInd(deviceClass: 0), "20 00", "DeviceModeInd class=A"),
    ]

    @Test func `are what the specification draws, in both directions and as text`() {
        for (command, hex, text) in Self.downlinks {
            #expect(command.encoded.bytes == bytes(hex: hex), "\(command)")
            let split = MACCommand.split(bytes(hex: hex), direction: .down)
            #expect(split.commands.map(DownlinkCommand.init) == [command])
            #expect(command.description == text)
        }
        for (command, hex, text) in Self.uplinks {
            #expect(command.encoded.bytes == bytes(hex: hex), "\(command)")
            let split = MACCommand.split(bytes(hex: hex), direction: .up)
            #expect(split.commands.map(UplinkCommand.init) == [command])
            #expect(command.description == text)
        }
    }

    @Test func `that are cut short end the list`() {
        for (_, hex, _) in Self.downlinks {
            let whole = bytes(hex: hex)
            for length in 1..<max(2, whole.count) where length < whole.count {
                let split = MACCommand.split([0x06] + whole.prefix(length), direction: .down)
                #expect(split.commands.map(\.identifier) == [6])
                #expect(split.rest == Array(whole.prefix(length)))
            }
        }
    }

    @Test func `random bytes never trap`() {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<10_000 {
            let bytes = random.bytes(count: Int.random(in: 0...20, using: &random))
            for command in MACCommand.split(bytes, direction: .up).commands {
                _ = UplinkCommand(command).encoded.bytes + Array(UplinkCommand(command).description.utf8)
            }
            for command in MACCommand.split(bytes, direction: .down).commands {
                _ = DownlinkCommand(command).encoded.bytes + Array(DownlinkCommand(command).description.utf8)
            }
            _ = UplinkCommand(MACCommand(identifier: bytes.first ?? 3, fields: Array(bytes.dropFirst())))
            _ = DownlinkCommand(MACCommand(identifier: bytes.first ?? 3, fields: Array(bytes.dropFirst())))
        }
    }
}
