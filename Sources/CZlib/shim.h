#include <zlib.h>

// A macro that Swift does not see: 16 + the largest window takes the gzip format and no other.
static inline int holdfast_inflate_begin_gzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}
