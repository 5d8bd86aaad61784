#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// libpng reports errors by longjmp: each jump starts and ends in one function of this file, never across a caller's frames.
// The low-level interface, not png_image: that one would turn 16-bit samples into linear light and apply gAMA chunks.

typedef struct {
  const uint8_t *bytes;
  size_t count, at;
} source_t;

static void read_bytes(png_structp png, png_bytep out, size_t count) {
  source_t *source = png_get_io_ptr(png);
  if (count > source->count - source->at) png_error(png, "the file ends early");
  memcpy(out, source->bytes + source->at, count);
  source->at += count;
}

static void on_error(png_structp png, png_const_charp reason) {
  kerf_say(png_get_error_ptr(png), reason);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp reason) {
  (void)png;
  (void)reason;
}

int kerf_png_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image) {
  memset(image, 0, sizeof *image);
  source_t source = {bytes, count, 0};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image->message, on_error, on_warning);
  if (!png) return kerf_image_fail(image, "libpng could not start");
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return kerf_image_fail(image, NULL);
  }
  png_set_read_fn(png, &source, read_bytes);
  png_set_chunk_malloc_max(png, 64 << 20);
  png_read_info(png, info);

  int depth = png_get_bit_depth(png, info), colour = png_get_color_type(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (depth == 16) png_set_swap(png);
#endif
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);

  image->width = png_get_image_width(png, info);
  image->height = png_get_image_height(png, info);
  image->channels = png_get_channels(png, info);
  image->bytes_per_sample = depth == 16 ? 2 : 1;
  size_t stride = image->width * image->channels * image->bytes_per_sample;
  if ((image->channels != 1 && image->channels != 3) || png_get_rowbytes(png, info) != stride)
    png_error(png, "a colour type that Kerf does not read");
  // Deflate shrinks at most 1032 times, and a byte holds at most eight pixels.
  if (kerf_image_allocate(image, max_pixels, count, 1032 * 8)) png_longjmp(png, 1);

  for (int pass = 0; pass < passes; pass++)
    for (size_t row = 0; row < image->height; row++) png_read_row(png, (png_bytep)image->pixels + row * stride, NULL);
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

typedef struct {
  kerf_codec_buffer *out;
  size_t capacity;
} sink_t;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  sink_t *sink = png_get_io_ptr(png);
  kerf_codec_buffer *out = sink->out;
  if (out->count + count > sink->capacity) {
    size_t capacity = (out->count + count) * 2;
    uint8_t *grown = realloc(out->bytes, capacity);
    if (!grown) png_error(png, "out of memory");
    out->bytes = grown;
    sink->capacity = capacity;
  }
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

int kerf_png_encode(const uint8_t *pixels, size_t width, size_t height, size_t channels, kerf_codec_buffer *out) {
  memset(out, 0, sizeof *out);
  sink_t sink = {out, 0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, out->message, on_error, on_warning);
  if (!png) {
    kerf_say(out->message, "libpng could not start");
    return -1;
  }
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(out->bytes);
    out->bytes = NULL;
    return -1;
  }
  if (width > UINT32_MAX || height > UINT32_MAX) png_error(png, "too large for a PNG");
  png_set_write_fn(png, &sink, write_bytes, flush_bytes);
  png_set_IHDR(
      png, info, (png_uint_32)width, (png_uint_32)height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t row = 0; row < height; row++) png_write_row(png, pixels + row * width * channels);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  return 0;
}
