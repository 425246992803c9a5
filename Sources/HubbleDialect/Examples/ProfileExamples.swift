/// Requests and answers about device profiles.
enum ProfileExamples {
    static let create = #"""
        {"name":"Door sensor","region":"eu868","mac_version":"1.0.3","expected_uplink_interval":900,\#
        "status_interval":86400}
        """#
    static let update = #"""
        {"expected_uplink_interval":600,"adr":{"max_dr":5},"codec_id":null}
        """#
    static let one = #"""
        {"profile":{"id":"3f0e6a52-8b1c-4a57-9d2e-6f1c0b7a9e44","name":"Door sensor","region":"eu868",\#
        "mac_version":"1.0.3","regional_parameters_revision":"A","device_class":"A","rx1_delay":1,\#
        "rx1_dr_offset":0,"rx2_dr":null,"rx2_frequency":null,"abp":{"allow_counter_reset":false,\#
        "counters_16_bit":false,"preset_frequencies":[]},"adr":{"enabled":true,"min_dr":null,"max_dr":null,\#
        "max_tx_power_index":null,"margin":10},"supports_join":true,"confirmed_tries":3,\#
        "status_interval":86400,"tx_limits":{"uplink_dwell_time":null,"downlink_dwell_time":null,\#
        "max_eirp":null,"duty_cycle_exponent":0},"rejoin":null,"expected_uplink_interval":900,\#
        "missed_intervals":3,"codec_id":null,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:00Z"}}
        """#
    static let detail = #"""
        {"profile":{"id":"3f0e6a52-8b1c-4a57-9d2e-6f1c0b7a9e44","name":"Door sensor","region":"eu868",\#
        "mac_version":"1.0.3","regional_parameters_revision":"A","device_class":"A","rx1_delay":1,\#
        "rx1_dr_offset":0,"rx2_dr":null,"rx2_frequency":null,"abp":{"allow_counter_reset":false,\#
        "counters_16_bit":false,"preset_frequencies":[]},"adr":{"enabled":true,"min_dr":null,"max_dr":null,\#
        "max_tx_power_index":null,"margin":10},"supports_join":true,"confirmed_tries":3,\#
        "status_interval":86400,"tx_limits":{"uplink_dwell_time":null,"downlink_dwell_time":null,\#
        "max_eirp":null,"duty_cycle_exponent":0},"rejoin":null,"expected_uplink_interval":900,\#
        "missed_intervals":3,"codec_id":null,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:00Z"},"device_count":12}
        """#
    static let list = #"""
        {"profiles":[{"id":"3f0e6a52-8b1c-4a57-9d2e-6f1c0b7a9e44","name":"Door sensor","region":"eu868",\#
        "mac_version":"1.0.3","regional_parameters_revision":"A","device_class":"A","rx1_delay":1,\#
        "rx1_dr_offset":0,"rx2_dr":null,"rx2_frequency":null,"abp":{"allow_counter_reset":false,\#
        "counters_16_bit":false,"preset_frequencies":[]},"adr":{"enabled":true,"min_dr":null,"max_dr":null,\#
        "max_tx_power_index":null,"margin":10},"supports_join":true,"confirmed_tries":3,\#
        "status_interval":86400,"tx_limits":{"uplink_dwell_time":null,"downlink_dwell_time":null,\#
        "max_eirp":null,"duty_cycle_exponent":0},"rejoin":null,"expected_uplink_interval":900,\#
        "missed_intervals":3,"codec_id":null,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:00Z"}]}
        """#
    static let deleted = #"""
        {"message":"Device profile successfully deleted",\#
        "profile_id":"3f0e6a52-8b1c-4a57-9d2e-6f1c0b7a9e44"}
        """#
}
