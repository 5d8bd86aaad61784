// Flat C faces of libpng, TurboJPEG, libtiff and zlib: memory in, memory out, no variadic calls and no longjmp past a caller.
//
// Every function returns 0 when it worked and -1 when it did not, with the reason in `message` (always terminated).
// What it hands out was allocated with malloc and is the caller's: kerf_codec_image_clear or free.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KERF_MESSAGE_SIZE 256

/// A decoded picture: rows from the top, channels interleaved, no padding, samples in the byte order of this machine.
typedef struct {
  size_t width, height;
  size_t channels;          // 1 (grey) or 3 (RGB); alpha is dropped
  size_t bytes_per_sample;  // 1 or 2
  void *pixels;             // width * height * channels * bytes_per_sample bytes
  char message[KERF_MESSAGE_SIZE];
} kerf_codec_image;

/// Bytes made by an encoder or by inflating.
typedef struct {
  uint8_t *bytes;
  size_t count;
  char message[KERF_MESSAGE_SIZE];
} kerf_codec_buffer;

void kerf_codec_image_clear(kerf_codec_image *image);
void kerf_codec_buffer_clear(kerf_codec_buffer *buffer);
const char *kerf_codec_image_message(const kerf_codec_image *image);
const char *kerf_codec_buffer_message(const kerf_codec_buffer *buffer);

/// PNG of any colour type: palettes become RGB, 1-, 2- and 4-bit grey becomes 8 bits, 16 bits stay, alpha is dropped
/// (not composited), gamma and colour profiles are ignored, as Pillow does.
int kerf_png_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image);

/// JPEG, grey or YCbCr → RGB; slow integer DCT and fancy upsampling: bit for bit libjpeg-turbo's defaults. CMYK is refused.
int kerf_jpeg_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image);

/// First page of a TIFF: 8 or 16 bits, grey or RGB, strips or tiles; what else libtiff can turn into 8-bit RGB comes so.
int kerf_tiff_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image);

/// An 8-bit grey (1) or RGB (3) PNG.
int kerf_png_encode(const uint8_t *pixels, size_t width, size_t height, size_t channels, kerf_codec_buffer *out);

/// Inflates a deflate stream of at most `limit` bytes once inflated; `gzip` says whether it has a gzip header or none.
int kerf_inflate(const uint8_t *bytes, size_t count, int gzip, size_t limit, kerf_codec_buffer *out);

uint32_t kerf_crc32(const uint8_t *bytes, size_t count);
