/// What stands around a codec in its heap: missing functions of newer JavaScript, and the one function
/// that the worker calls.
///
/// An expression whose value is called with the global object before the codec is loaded, and returns
/// what is called after it. Names that a codec could change are taken hold of first.
enum CodecPrelude {
    static let text = #"""
        (function (global) {
          'use strict';
          var parse = JSON.parse, stringify = JSON.stringify, isArray = Array.isArray, Time = Date;
          var keys = Object.keys, text = String, call = Function.prototype.call;
          var replace = call.bind(String.prototype.replace), codeAt = call.bind(String.prototype.charCodeAt);
          var part = call.bind(String.prototype.slice);

          function define(object, name, value) {
            if (object && !object[name]) {
              Object.defineProperty(object, name, { value: value, writable: true, configurable: true });
            }
          }
          function each(list, body, self) {
            for (var i = 0; i < list.length; i++) if (body.call(self, list[i], i, list)) return i;
            return -1;
          }
          define(Object, 'values', function (o) { return keys(o).map(function (k) { return o[k]; }); });
          define(Object, 'entries', function (o) { return keys(o).map(function (k) { return [k, o[k]]; }); });
          define(Object, 'fromEntries', function (list) {
            var o = {};
            list.forEach(function (e) { o[e[0]] = e[1]; });
            return o;
          });
          define(Array, 'from', function (list, body) {
            var made = [];
            for (var i = 0; i < (list.length | 0); i++) made.push(body ? body(list[i], i) : list[i]);
            return made;
          });
          define(Array, 'of', function () { return Array.prototype.slice.call(arguments); });
          define(Array.prototype, 'includes', function (x) {
            return each(this, function (y) { return x === y || (x !== x && y !== y); }) >= 0;
          });
          define(Array.prototype, 'findIndex', function (f, self) { return each(this, f, self); });
          define(Array.prototype, 'find', function (f, self) { return this[each(this, f, self)]; });
          define(Array.prototype, 'fill', function (x, from, to) {
            var end = to === undefined ? this.length : to;
            for (var i = from || 0; i < end; i++) this[i] = x;
            return this;
          });
          define(Array.prototype, 'flat', function () { return Array.prototype.concat.apply([], this); });
          define(Array.prototype, 'at', function (i) { return this[i < 0 ? this.length + i : i]; });
          define(String.prototype, 'includes', function (s) { return this.indexOf(s) >= 0; });
          function pad(s, n, fill) {
            var more = '';
            while (fill && s.length + more.length < n && more.length < 4096) more += fill;
            return more.slice(0, Math.max(0, n - s.length));
          }
          define(String.prototype, 'padStart', function (n, fill) {
            return pad(this, n, fill === undefined ? ' ' : fill) + this;
          });
          define(String.prototype, 'padEnd', function (n, fill) {
            return this + pad(this, n, fill === undefined ? ' ' : fill);
          });
          define(Number, 'parseInt', parseInt);
          define(Number, 'parseFloat', parseFloat);
          if (typeof Buffer === 'function') {
            define(Buffer, 'from', function (x, encoding) { return new Buffer(x, encoding); });
          }
          var silent = function () {};
          define(global, 'console', { log: silent, info: silent, warn: silent, error: silent, debug: silent });
          define(global, 'exports', {});
          define(global, 'module', { exports: global.exports });
          delete global.Duktape;
          delete global.CBOR;

          function escaped(found) {
            if (found.length === 1 && codeAt(found, 0) >= 0xd800 && codeAt(found, 0) < 0xe000) return '\\ufffd';
            for (var i = 0, made = ''; i < found.length; i++) {
              made += '\\u' + part('000' + codeAt(found, i).toString(16), -4);
            }
            return made;
          }
          function json(value) {
            var made = stringify(value);
            return made === undefined ? 'null'
              : replace(made, /[\ud800-\udbff][\udc00-\udfff]|[\u007f-\uffff]/g, escaped);
          }
          function messages(list) {
            if (list === undefined || list === null) return [];
            if (!isArray(list)) list = [list];
            for (var i = 0, made = []; i < list.length && i < 20; i++) {
              made.push(part(text(list[i] && list[i].message || list[i]), 0, 500));
            }
            return made;
          }
          function find(name) {
            if (typeof global[name] === 'function') return global[name];
            var made = global.module && global.module.exports || global.exports;
            return made && typeof made[name] === 'function' ? made[name] : null;
          }
          function isObject(value) { return typeof value === 'object' && value !== null; }

          function decode(input) {
            var f = find('decodeUplink'), out;
            if (f) {
              input.recvTime = new Time(input.recvTime);
              out = f(input);
              if (!isObject(out)) throw new TypeError('decodeUplink returned no object');
              return out;
            }
            if ((f = find('Decoder'))) return { data: f(input.bytes, input.fPort) };
            if ((f = find('Decode'))) return { data: f(input.fPort, input.bytes, {}) };
            throw new TypeError('the codec has no function decodeUplink, Decoder or Decode');
          }
          function encode(input) {
            var f = find('encodeDownlink'), out;
            if (f) {
              out = f(input);
              if (!isObject(out)) throw new TypeError('encodeDownlink returned no object');
              return out;
            }
            if ((f = find('Encoder'))) return { bytes: f(input.data, input.fPort) };
            if ((f = find('Encode'))) return { bytes: f(input.fPort, input.data, {}) };
            throw new TypeError('the codec has no function encodeDownlink, Encoder or Encode');
          }
          function decoded(input) {
            var out = decode(input), errors = messages(out.errors), data = out.data;
            if (data === undefined) data = null;
            if (data !== null && (typeof data !== 'object' || isArray(data))) {
              errors.push('data is no object');
              data = null;
            }
            return '{"data":' + json(data) + ',"warnings":' + json(messages(out.warnings))
              + ',"errors":' + json(errors) + '}';
          }
          function encoded(input) {
            var out = encode(input), errors = messages(out.errors), bytes = null;
            if (isObject(out.bytes) && out.bytes.length >= 0 && out.bytes.length <= 4096) {
              bytes = [];
              for (var i = 0; i < out.bytes.length; i++) bytes.push(out.bytes[i] & 255);
            } else if (!errors.length) {
              errors.push('bytes is no array');
            }
            var port = typeof out.fPort === 'number' ? out.fPort : null;
            return json({ bytes: bytes, fPort: port, warnings: messages(out.warnings), errors: errors });
          }
          return function () {
            return function (name, input) {
              if (name === 'decodeUplink') return decoded(parse(input));
              if (name === 'encodeDownlink') return encoded(parse(input));
              return json({
                decodes: !!(find('decodeUplink') || find('Decoder') || find('Decode')),
                encodes: !!(find('encodeDownlink') || find('Encoder') || find('Encode'))
              });
            };
          };
        })
        """#
}
