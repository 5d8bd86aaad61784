#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "internal.h"

// libtiff's handlers are global and its calls variadic; the reason of the call under way is kept per thread.
static _Thread_local char reason[KERF_MESSAGE_SIZE];

static void on_error(const char *module, const char *format, va_list arguments) {
  (void)module;
  if (reason[0] == 0) vsnprintf(reason, sizeof reason, format, arguments);
}

typedef struct {
  const uint8_t *bytes;
  toff_t count, at;
} source_t;

static tmsize_t read_bytes(thandle_t handle, void *out, tmsize_t wanted) {
  source_t *source = handle;
  if (wanted <= 0 || source->at >= source->count) return 0;
  toff_t left = source->count - source->at;
  toff_t taken = (toff_t)wanted < left ? (toff_t)wanted : left;
  memcpy(out, source->bytes + source->at, taken);
  source->at += taken;
  return (tmsize_t)taken;
}

static tmsize_t write_bytes(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
  return 0;
}

static toff_t seek_bytes(thandle_t handle, toff_t offset, int whence) {
  source_t *source = handle;
  toff_t base = whence == SEEK_CUR ? source->at : whence == SEEK_END ? source->count : 0;
  source->at = base + offset;
  return source->at;
}

static int close_bytes(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_bytes(thandle_t handle) { return ((source_t *)handle)->count; }

/// Copies `count` pixels of `samples` samples, keeping the first `channels`; white-is-zero grey is turned over.
static void copy_pixels(const kerf_codec_image *image, size_t to, const uint8_t *from, size_t count, size_t samples, int invert) {
  size_t channels = image->channels, size = image->bytes_per_sample;
  uint8_t *out = (uint8_t *)image->pixels + to * channels * size;
  for (size_t pixel = 0; pixel < count; pixel++)
    memcpy(out + pixel * channels * size, from + pixel * samples * size, channels * size);
  if (invert)
    for (size_t byte = 0; byte < count * channels * size; byte++) out[byte] = (uint8_t)~out[byte];
}

static int read_strips(TIFF *tiff, kerf_codec_image *image, size_t samples, int invert) {
  size_t stride = image->width * samples * image->bytes_per_sample;
  if (TIFFScanlineSize(tiff) != (tmsize_t)stride) return -1;
  uint8_t *line = malloc(stride);
  int failed = line == NULL;
  for (size_t row = 0; row < image->height && !failed; row++) {
    failed = TIFFReadScanline(tiff, line, (uint32_t)row, 0) < 0;
    if (!failed) copy_pixels(image, row * image->width, line, image->width, samples, invert);
  }
  free(line);
  return failed ? -1 : 0;
}

static int read_tiles(TIFF *tiff, kerf_codec_image *image, size_t samples, int invert, size_t max_pixels) {
  uint32_t wide = 0, tall = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &wide);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tall);
  size_t pixel = samples * image->bytes_per_sample;
  if (!wide || !tall || wide > max_pixels / tall || TIFFTileSize(tiff) != (tmsize_t)(pixel * wide * tall)) return -1;
  uint8_t *tile = malloc(pixel * wide * tall);
  int failed = tile == NULL;
  for (size_t y = 0; y < image->height && !failed; y += tall)
    for (size_t x = 0; x < image->width && !failed; x += wide) {
      failed = TIFFReadTile(tiff, tile, (uint32_t)x, (uint32_t)y, 0, 0) < 0;
      size_t columns = image->width - x < wide ? image->width - x : wide;
      for (size_t row = 0; row < tall && y + row < image->height && !failed; row++)
        copy_pixels(image, (y + row) * image->width + x, tile + row * wide * pixel, columns, samples, invert);
    }
  free(tile);
  return failed ? -1 : 0;
}

/// Everything that is not plain 8- or 16-bit grey or RGB: through libtiff's own conversion to 8-bit RGBA.
static int read_converted(TIFF *tiff, kerf_codec_image *image) {
  size_t count = image->width * image->height;
  uint32_t *raster = calloc(count, sizeof *raster);
  int failed = !raster || !TIFFReadRGBAImageOriented(tiff, (uint32_t)image->width, (uint32_t)image->height, raster, ORIENTATION_TOPLEFT, 1);
  uint8_t *out = image->pixels;
  for (size_t pixel = 0; pixel < count && !failed; pixel++) {
    *out++ = TIFFGetR(raster[pixel]);
    if (image->channels == 1) continue;
    *out++ = TIFFGetG(raster[pixel]);
    *out++ = TIFFGetB(raster[pixel]);
  }
  free(raster);
  return failed ? -1 : 0;
}

int kerf_tiff_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image) {
  memset(image, 0, sizeof *image);
  reason[0] = 0;
  TIFFSetErrorHandler(on_error);
  TIFFSetWarningHandler(NULL);
  source_t source = {bytes, count, 0};
  TIFF *tiff = TIFFClientOpen("memory", "rm", &source, read_bytes, write_bytes, seek_bytes, close_bytes, size_bytes, NULL, NULL);
  if (!tiff) return kerf_image_fail(image, reason[0] ? reason : "libtiff could not read it");

  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, meaning = PHOTOMETRIC_MINISBLACK, planes = PLANARCONFIG_CONTIG, format = SAMPLEFORMAT_UINT;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &meaning);
  int grey = meaning == PHOTOMETRIC_MINISBLACK || meaning == PHOTOMETRIC_MINISWHITE;
  image->width = width;
  image->height = height;
  image->channels = grey ? 1 : 3;
  image->bytes_per_sample = bits == 16 ? 2 : 1;

  int plain = (bits == 8 || bits == 16) && (grey || meaning == PHOTOMETRIC_RGB) && (planes == PLANARCONFIG_CONTIG || samples == 1)
      && samples >= image->channels && samples <= 8;
  if (format != SAMPLEFORMAT_UINT || meaning == PHOTOMETRIC_SEPARATED || bits > 16 || (bits == 16 && !plain)) {
    TIFFClose(tiff);
    return kerf_image_fail(image, "a kind of TIFF that Kerf does not read (it reads 8- and 16-bit grey and RGB)");
  }
  // LZW shrinks at most some 2700 times, deflate 1032; a byte holds up to eight pixels of a bit.
  if (kerf_image_allocate(image, max_pixels, count, bits < 8 ? 4096 * 8 : 4096)) {
    TIFFClose(tiff);
    return -1;
  }
  int invert = meaning == PHOTOMETRIC_MINISWHITE;
  int failed = !plain ? read_converted(tiff, image)
      : TIFFIsTiled(tiff) ? read_tiles(tiff, image, samples, invert, max_pixels)
                          : read_strips(tiff, image, samples, invert);
  TIFFClose(tiff);
  return failed ? kerf_image_fail(image, reason[0] ? reason : "strips or tiles that do not fit the picture") : 0;
}
