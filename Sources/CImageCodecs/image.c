#include <stdlib.h>
#include <string.h>

#include "internal.h"

void kerf_codec_image_clear(kerf_codec_image *image) {
  free(image->pixels);
  memset(image, 0, sizeof *image);
}

void kerf_codec_buffer_clear(kerf_codec_buffer *buffer) {
  free(buffer->bytes);
  memset(buffer, 0, sizeof *buffer);
}

const char *kerf_codec_image_message(const kerf_codec_image *image) { return image->message; }
const char *kerf_codec_buffer_message(const kerf_codec_buffer *buffer) { return buffer->message; }

int kerf_image_fail(kerf_codec_image *image, const char *reason) {
  free(image->pixels);
  image->pixels = NULL;
  if (reason) kerf_say(image->message, reason);
  return -1;
}

int kerf_image_allocate(kerf_codec_image *image, size_t max_pixels, size_t count, size_t pixels_per_byte) {
  size_t width = image->width, height = image->height;
  if (width == 0 || height == 0) {
    kerf_say(image->message, "the picture has no pixels");
    return -1;
  }
  if (width > max_pixels / height) {
    kerf_say(image->message, "the picture has more pixels than Kerf reads");
    return -1;
  }
  // A few blocks more, for pictures smaller than one block of their codec.
  if (width * height / pixels_per_byte > count + 64) {
    kerf_say(image->message, "the file is too short for its size");
    return -1;
  }
  // Zeroed, so that the system hands out pages only as rows arrive.
  image->pixels = calloc(width * height, image->channels * image->bytes_per_sample);
  if (!image->pixels) {
    kerf_say(image->message, "out of memory for the picture");
    return -1;
  }
  return 0;
}
