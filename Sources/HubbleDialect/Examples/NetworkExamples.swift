/// Answers about sessions and frames.
enum NetworkExamples {
    static let activation = #"""
        {"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","sessions":[{"activation":"OTAA",\#
        "dev_addr":"00A1B2C3","mac_version":"1.0.3","region":"eu868","class":"A","f_cnt_up":118,\#
        "f_cnt_down":16,"a_f_cnt_down":null,"started_at":"2024-01-15T10:30:00Z",\#
        "last_uplink_at":"2024-01-20T14:22:00Z","data_rate":5,"tx_power_index":2,"nb_trans":1,\#
        "rx1_delay":1,"rx2_data_rate":0,"rx2_frequency":869525000,\#
        "channels":[868100000,868300000,868500000],"battery":212,"margin":9,\#
        "uplink_dwell_time":false,"downlink_dwell_time":false,"max_eirp":null,"duty_cycle_exponent":0,\#
        "rejoin":null,"dl_channels":[]}]}
        """#
    static let noncesCleared = #"""
        {"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","message":"DevNonces forgotten"}
        """#
    static let frames = #"""
        {"frames":[{"number":42,"kind":"downlink","at":"2024-01-20T14:22:00.213Z",\#
        "device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","gateway_id":"lora-aa555a0000000001",\#
        "frequency":868500000,"data_rate":"SF7BW125","rssi":null,"snr":null,"power":14,\#
        "phy_payload":"YMOyoQAgEAAvxMsc","frame_counter":16,"f_port":null,"mac_commands":[],\#
        "note":"RX1; acknowledges 118"}],"count":1}
        """#
}

/// Requests and answers about downlinks.
enum DownlinkExamples {
    static let queue = #"""
        {"f_port":10,"payload":"AQID","confirmed":true,"priority":0,"expires_in":86400}
        """#
    static let queued = downlink(state: "queued", attempts: 0)
    static let acknowledged = downlink(state: "acknowledged", attempts: 1)
    static let cancelled = downlink(state: "cancelled", attempts: 0)
    static let list = #"{"downlinks":[\#(queued)],"waiting":1}"#

    private static func downlink(state: String, attempts: Int) -> String {
        #"""
        {"downlink_id":"5d1f0b0e-7c51-4f0e-9a52-0c5f0a8b1d11",\#
        "device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","f_port":10,"payload":"AQID",\#
        "confirmed":true,"priority":0,"state":"\#(state)","reason":null,"attempts":\#(attempts),\#
        "frame_counter":\#(attempts == 0 ? "null" : "16"),"expires_in":86400,\#
        "created_at":"2024-01-20T14:20:00Z","updated_at":"2024-01-20T14:22:00Z"}
        """#
    }
}
