/// The message integrity code that ends every frame: the first four bytes of an AES-CMAC.
package struct MIC: Hashable, Sendable, CustomStringConvertible {
    /// Its four bytes, the first on the air being the least significant.
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Eight hexadecimal digits in the order of the air.
    package var description: String { hexadecimal(UInt64(rawValue.byteSwapped), digits: 8) }

    /// Compares all 32 bits at once: the time taken says nothing about where two codes differ.
    package static func == (a: MIC, b: MIC) -> Bool { a.rawValue ^ b.rawValue == 0 }
}
