#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "internal.h"

static int fail(z_stream *stream, kerf_codec_buffer *out, const char *reason) {
  kerf_say(out->message, stream->msg ? stream->msg : reason);
  inflateEnd(stream);
  free(out->bytes);
  out->bytes = NULL;
  out->count = 0;
  return -1;
}

int kerf_inflate(const uint8_t *bytes, size_t count, int gzip, size_t limit, kerf_codec_buffer *out) {
  memset(out, 0, sizeof *out);
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (count > UINT32_MAX) {
    kerf_say(out->message, "more than 4 GiB of compressed data");
    return -1;
  }
  if (inflateInit2(&stream, gzip ? 15 + 16 : -15) != Z_OK) {
    kerf_say(out->message, "zlib could not start");
    return -1;
  }
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = (uInt)count;
  size_t capacity = 0;
  for (;;) {
    if (out->count == capacity) {
      if (capacity > limit) return fail(&stream, out, "more data than Kerf reads");
      // One byte more than the limit, so that a stream that passes it is seen.
      capacity = capacity == 0 ? count * 4 + 64 : capacity * 2;
      if (capacity > limit) capacity = limit + 1;
      uint8_t *grown = realloc(out->bytes, capacity);
      if (!grown) return fail(&stream, out, "out of memory");
      out->bytes = grown;
    }
    size_t room = capacity - out->count < (1u << 30) ? capacity - out->count : (1u << 30);
    stream.next_out = out->bytes + out->count;
    stream.avail_out = (uInt)room;
    int status = inflate(&stream, Z_NO_FLUSH);
    out->count += room - stream.avail_out;
    if (status == Z_STREAM_END) break;
    if (status != Z_OK) return fail(&stream, out, stream.avail_in == 0 ? "the compressed data end early" : "the compressed data are damaged");
    if (stream.avail_in == 0 && stream.avail_out != 0) return fail(&stream, out, "the compressed data end early");
  }
  if (out->count > limit) return fail(&stream, out, "more data than Kerf reads");
  inflateEnd(&stream);
  return 0;
}

uint32_t kerf_crc32(const uint8_t *bytes, size_t count) {
  uLong crc = crc32(0, NULL, 0);
  while (count > 0) {
    uInt part = count > (1u << 30) ? (1u << 30) : (uInt)count;
    crc = crc32(crc, bytes, part);
    bytes += part;
    count -= part;
  }
  return (uint32_t)crc;
}
