#include <zlib.h>

// Macros that Swift does not see: 16 + the largest window takes the gzip format and no other.
static inline int holdfast_inflate_begin_gzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}

// The fastest level: what is packed is mostly ciphertext and identifiers.
static inline int holdfast_deflate_begin_gzip(z_stream *stream) {
    return deflateInit2(stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
