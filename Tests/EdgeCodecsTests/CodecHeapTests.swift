import Testing

@testable import EdgeCodecs

@Suite struct CodecHeapTests {
    private func decode(_ source: String, _ bytes: [UInt8] = [1, 0xF4], port: Int = 2) throws -> String {
        let heap = try CodecHeap(source: Array(source.utf8))
        let input =
            "{\"bytes\":[\(bytes.map { String($0) }.joined(separator: ","))],"
            + "\"fPort\":\(port),\"recvTime\":1700000000000}"
        return String(decoding: try heap.run(.decodeUplink, input: Array(input.utf8)), as: UTF8.self)
    }

    @Test func `a codec of the TS013 interface gets bytes, port and time`() throws {
        let source = """
            function decodeUplink(input) {
              return {data: {t: (input.bytes[0] << 8 | input.bytes[1]) / 10, port: input.fPort,
                year: input.recvTime.getUTCFullYear()}, warnings: ['low'], errors: []};
            }
            """
        #expect(
            try decode(source)
                == #"{"data":{"t":50,"port":2,"year":2023},"warnings":["low"],"errors":[]}"#)
    }

    @Test(arguments: [
        "function Decoder(bytes, port) { return {n: bytes.length, port: port}; }",
        "function Decode(fPort, bytes, variables) { return {n: bytes.length, port: fPort}; }",
        "exports.decodeUplink = function (input) { return {data: {n: input.bytes.length, port: input.fPort}}; }",
        "module.exports = {decodeUplink: function (i) { return {data: {n: i.bytes.length, port: i.fPort}}; }};",
    ])
    func `older forms and modules are taken`(_ source: String) throws {
        #expect(try decode(source) == #"{"data":{"n":2,"port":2},"warnings":[],"errors":[]}"#)
    }

    @Test func `functions of newer JavaScript are there`() throws {
        let source = """
            function Decoder(bytes) {
              return {
                entries: Object.entries({a: 1})[0][0], padded: '7'.padStart(3, '0'),
                found: [3, 5].find(function (x) { return x > 3; }), has: [1].includes(1),
                filled: new Array(2).fill(0), from: Array.from(bytes), buffer: Buffer.from(bytes).readInt16BE(0)
              };
            }
            """
        #expect(
            try decode(source)
                == #"{"data":{"entries":"a","padded":"007","found":5,"has":true,"filled":[0,0],"#
                + #""from":[1,244],"buffer":500},"warnings":[],"errors":[]}"#)
    }

    @Test func `text comes out as ASCII whatever it has in it`() throws {
        let source = #"function Decoder() { return {a: 'Grad °C \ud83d\ude00 \ud800'}; }"#
        #expect(
            try decode(source)
                == #"{"data":{"a":"Grad \u00b0C \ud83d\ude00 \ufffd"},"warnings":[],"errors":[]}"#)
    }

    @Test(arguments: [
        ("function decodeUplink() { throw new Error('bad battery'); }", "Error: bad battery (line 1)"),
        ("\n\nfunction decodeUplink() { return x.y; }", "ReferenceError: identifier 'x' undefined (line 3)"),
        ("function decodeUplink() { return 5; }", "TypeError: decodeUplink returned no object"),
        ("var a = 1;", "TypeError: the codec has no function decodeUplink, Decoder or Decode"),
        ("function decodeUplink() { return 1 + decodeUplink(); }", "RangeError"),
        ("function decodeUplink() { var s = 'x'; while (1) s += s; }", "alloc failed"),
        ("function decodeUplink() { var o = {}; o.o = o; return {data: o}; }", "TypeError"),
        ("function decodeUplink() { throw null; }", "null"),
        ("function decodeUplink() { throw {toString: function () { throw 1; }}; }", ""),
    ])
    func `a codec that fails says why, and can be called again`(_ source: String, _ reason: String) throws {
        let heap = try CodecHeap(source: Array(source.utf8))
        for _ in 0..<3 {
            do throws(CodecTrouble) {
                _ = try heap.run(.decodeUplink, input: Array(#"{"bytes":[],"fPort":1,"recvTime":0}"#.utf8))
                Issue.record("it did not fail")
            } catch {
                #expect(error.reason.contains(reason))
            }
        }
    }

    @Test(arguments: ["function (", "return 5", "throw new Error('no')", "x = [x]", "\u{0}"])
    func `a script that cannot be loaded says why`(_ source: String) {
        #expect { try CodecHeap(source: Array(source.utf8)) } throws: {
            !(($0 as? CodecTrouble)?.reason.isEmpty ?? true)
        }
    }

    @Test func `no codec sees the engine's own doors, or changes what surrounds it`() throws {
        let source = """
            JSON.stringify = function () { return 'no'; };
            Array.isArray = function () { return false; };
            Object.keys = null;
            function Decoder() { return {doors: [typeof Duktape, typeof require, typeof process, typeof CBOR]}; }
            """
        #expect(
            try decode(source)
                == #"{"data":{"doors":["undefined","undefined","undefined","undefined"]},"#
                + #""warnings":[],"errors":[]}"#)
    }
}
