/// Requests and answers about codecs.
enum CodecExamples {
    static let create = #"""
        {"name":"Thermometer","kind":"javascript",\#
        "source":"function decodeUplink(input) { return {data: {temperature: input.bytes[0]}}; }"}
        """#
    static let update = #"""
        {"name":"Thermometer 2"}
        """#
    static let one = #"""
        {"codec":{"id":"b9c5e2d8-40a7-4d0c-8f5e-2f0d6f3c1a77","name":"Thermometer","kind":"javascript",\#
        "source":"function decodeUplink(input) { return {data: {temperature: input.bytes[0]}}; }",\#
        "fields":null,"revision":1,"status":"active","created_at":"2024-01-15T10:30:00Z",\#
        "updated_at":"2024-01-15T10:30:00Z"}}
        """#
    static let list = #"""
        {"codecs":[{"id":"b9c5e2d8-40a7-4d0c-8f5e-2f0d6f3c1a77","name":"Thermometer","kind":"javascript",\#
        "source":"function decodeUplink(input) { return {data: {temperature: input.bytes[0]}}; }",\#
        "fields":null,"revision":1,"status":"active","created_at":"2024-01-15T10:30:00Z",\#
        "updated_at":"2024-01-15T10:30:00Z"}]}
        """#
    static let deleted = #"""
        {"message":"Codec successfully deleted","codec_id":"b9c5e2d8-40a7-4d0c-8f5e-2f0d6f3c1a77"}
        """#
    static let decode = #"""
        {"payload":"FQ==","f_port":1}
        """#
    static let decoded = #"""
        {"decoded":{"temperature":21},"decoded_warnings":[],"decoded_errors":[]}
        """#
    static let redecode = #"{"limit":500}"#
    static let redecoded = #"{"packets":312,"failed":0}"#
    static let encode = #"""
        {"data":{"temperature_1":21.5}}
        """#
    static let encoded = #"""
        {"payload":"AWcA1w==","f_port":null,"warnings":[],"errors":[]}
        """#
}
