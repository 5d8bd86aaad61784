// What the codecs of this folder share.
#pragma once

#include <stdio.h>

#include "CImageCodecs.h"

static inline void kerf_say(char message[KERF_MESSAGE_SIZE], const char *reason) {
  snprintf(message, KERF_MESSAGE_SIZE, "%s", reason);
}

/// Releases the pixels, keeps `reason` (NULL: the message already there) and gives -1.
int kerf_image_fail(kerf_codec_image *image, const char *reason);

/// Pixels for the extents, channels and sample size already set; refuses none, more than `max_pixels`, and more than a file of `count` bytes
/// can hold at `pixels_per_byte`: a small file that claims to be a large picture is broken.
int kerf_image_allocate(kerf_codec_image *image, size_t max_pixels, size_t count, size_t pixels_per_byte);
