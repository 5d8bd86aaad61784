#include <string.h>
#include <turbojpeg.h>

#include "internal.h"

int kerf_jpeg_decode(const uint8_t *bytes, size_t count, size_t max_pixels, kerf_codec_image *image) {
  memset(image, 0, sizeof *image);
  tjhandle codec = tjInitDecompress();
  if (!codec) return kerf_image_fail(image, "TurboJPEG could not start");
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(codec, bytes, (unsigned long)count, &width, &height, &subsampling, &colours)) {
    kerf_say(image->message, tjGetErrorStr2(codec));
    tjDestroy(codec);
    return kerf_image_fail(image, NULL);
  }
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    tjDestroy(codec);
    return kerf_image_fail(image, "CMYK pictures are not read");
  }
  image->width = width > 0 ? (size_t)width : 0;
  image->height = height > 0 ? (size_t)height : 0;
  image->channels = colours == TJCS_GRAY ? 1 : 3;
  image->bytes_per_sample = 1;
  // Every block of 8 × 8 takes at least a bit of Huffman code; arithmetic code may take less.
  if (kerf_image_allocate(image, max_pixels, count, 8 * 64 * 8)) {
    tjDestroy(codec);
    return -1;
  }
  // The defaults of libjpeg: slow integer DCT, fancy upsampling. Any warning is an error here: libjpeg reports only the first, so that
  // harmless stray bytes could hide data that end early.
  int failed = tjDecompress2(
      codec, bytes, (unsigned long)count, image->pixels, width, 0, height, image->channels == 1 ? TJPF_GRAY : TJPF_RGB,
      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS);
  if (failed) kerf_say(image->message, tjGetErrorStr2(codec));
  tjDestroy(codec);
  return failed ? kerf_image_fail(image, NULL) : 0;
}
