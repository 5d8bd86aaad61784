#include "check.h"

// The two depthwise factors against sums in double.

static void check_case(const kerf_kernels *k, long height, long width, long rows, long columns, long channels, int behind, int variant) {
  const long left = columns / 2, top = rows / 2, outputs = width + 2 * left - columns + 1;
  float *x = guarded(height * width * channels, behind), *v = guarded(rows * channels, behind), *h = guarded(columns * channels, behind);
  float *bias = guarded(channels, 1), *slope = guarded(channels, 1), *residual = guarded(outputs * channels, behind);
  float *y = guarded(outputs * channels, behind);
  for (long row = 0; row < height; row++) {
    kerf_depthwise_pair_f32 g = {0};
    g.columns = outputs, g.channels = channels, g.width = width, g.left = left;
    g.a = x + (row - top) * width * channels, g.a_row = width * channels, g.a_column = channels;
    g.kernel_rows = rows, g.kernel_columns = columns;
    g.first_row = row < top ? top - row : 0, g.last_row = height + top - row < rows ? height + top - row : rows;
    g.v = v, g.h = h, g.w_step = channels, g.c = y, g.c_column = channels;
    g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -0.5f, g.epilogue.high = variant == 0 ? INFINITY : 1.0f;
    if (variant == 2) g.epilogue.slope = slope;
    if (variant) g.epilogue.residual = residual, g.epilogue.residual_step = channels;
    k->depthwise_pair(&g);
    for (long j = 0; j < outputs; j++)
      for (long c = 0; c < channels; c++) {
        double sum = 0, size = 2;
        for (long t = 0; t < rows; t++)
          for (long u = 0; u < columns; u++) {
            long i = row - top + t, q = j + u - left;
            if (i < 0 || i >= height || q < 0 || q >= width) continue;
            double term = (double)x[(i * width + q) * channels + c] * v[t * channels + c] * h[u * channels + c];
            sum += term;
            size += fabs(term);
          }
        sum += bias[c] + (variant ? residual[j * channels + c] : 0);
        if (variant == 1) sum = fmin(fmax(sum, -0.5), 1);
        if (variant == 2 && sum < 0) sum *= slope[c];
        expect_near(
            y[j * channels + c], sum, (rows + columns + 3) * 0x1p-24 * size, "%s depthwise pair %ldx%ld, %ldx%ldx%ld, row %ld, column %ld, channel %ld",
            k->name, rows, columns, height, width, channels, row, j, c);
      }
  }
  forget();
}

void check_depthwise_pair(const kerf_kernels *k) {
  static const long widths[] = {1, 2, 5, 8, 9, 23};
  static const long channels[] = {1, 4, 16, 21, 48};
  reseed(8);
  for (int w = 0; w < 6; w++)
    for (int c = 0; c < 5; c++)
      for (long columns = 3; columns <= 7; columns += 2)
        for (long rows = 1; rows <= 7; rows += 2) check_case(k, draw(1, 6), widths[w], rows, columns, channels[c], w & 1, (int)draw(0, 2));
}
