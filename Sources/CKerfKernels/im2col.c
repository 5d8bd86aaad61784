#include <string.h>

#include "CKerfKernels.h"

void kerf_im2col_f32(const kerf_patches_f32 *g, long first, long last, float *out) {
  const size_t channels = (size_t)g->channels, bytes = channels * sizeof(float);
  // Taps beside each other in memory are one piece where all of them lie inside.
  const int joined = g->column_dilation == 1 && g->x_column == g->channels;
  for (long i = first; i < last; i++)
    for (long j = 0; j < g->out_width; j++) {
      const long left = j * g->column_stride - g->before_columns, right = left + (g->kernel_columns - 1) * g->column_dilation;
      for (long t = 0; t < g->kernel_rows; t++, out += g->kernel_columns * channels) {
        const long row = i * g->row_stride - g->before_rows + t * g->row_dilation;
        if (row < 0 || row >= g->height) {
          memset(out, 0, g->kernel_columns * bytes);
          continue;
        }
        const float *x = g->x + row * g->x_row;
        if (joined && left >= 0 && right < g->width) {
          memcpy(out, x + left * g->x_column, g->kernel_columns * bytes);
          continue;
        }
        for (long u = 0; u < g->kernel_columns; u++) {
          const long column = left + u * g->column_dilation;
          if (column < 0 || column >= g->width) memset(out + u * channels, 0, bytes);
          else memcpy(out + u * channels, x + column * g->x_column, bytes);
        }
      }
    }
}
