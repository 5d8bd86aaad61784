#include "check.h"

// Depthwise convolution and pooling against sums in double, over rows that reach the same taps.

typedef struct {
  long rows, columns, stride, dilation;
} kernel;

static void check_case(const kerf_kernels *k, kernel w, long height, long width, long channels, int behind, int variant, kerf_window_op op) {
  // The taps of all outputs lie inside; borders are checked below.
  const long reach_h = (w.rows - 1) * w.dilation + 1, reach_w = (w.columns - 1) * w.dilation + 1;
  const long in_h = (height - 1) * w.stride + reach_h, in_w = (width - 1) * w.stride + reach_w;
  const int depthwise = op == KERF_WINDOW_DEPTHWISE;
  float *x = guarded(in_h * in_w * channels, behind), *weights = guarded(w.rows * w.columns * channels, behind), *bias = guarded(channels, 1);
  float *slope = guarded(channels, 1), *residual = guarded(height * width * channels, behind), *y = guarded(height * width * channels, behind);
  kerf_window_f32 g = {0};
  g.rows = height, g.columns = width, g.channels = channels, g.a = x, g.a_row = w.stride * in_w * channels, g.a_column = w.stride * channels;
  g.tap_row = w.dilation * in_w * channels, g.tap_column = w.dilation * channels;
  // Every other case leaves taps out, as at the border of an image.
  const int inner = variant == 3;
  g.first_row = inner && w.rows > 1, g.last_row = w.rows, g.first_column = inner && w.columns > 1, g.last_column = w.columns;
  g.kernel_columns = w.columns, g.w = weights, g.w_step = channels, g.scale = 0.375f, g.c = y, g.c_row = width * channels, g.c_column = channels;
  g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -0.5f, g.epilogue.high = variant == 0 ? INFINITY : 1.0f;
  if (variant == 2) g.epilogue.slope = slope;
  if (variant) g.epilogue.residual = residual, g.epilogue.residual_step = channels, g.residual_row = width * channels;
  k->window(&g, op);
  for (long i = 0; i < height; i++)
    for (long j = 0; j < width; j++)
      for (long c = 0; c < channels; c++) {
        double sum = depthwise ? bias[c] : 0, size = fabs(sum) + 1, most = -INFINITY;
        for (long t = g.first_row; t < g.last_row; t++)
          for (long u = g.first_column; u < g.last_column; u++) {
            double v = x[((i * w.stride + t * w.dilation) * in_w + j * w.stride + u * w.dilation) * channels + c];
            if (v > most) most = v;
            if (depthwise) v *= weights[(t * w.columns + u) * channels + c];
            sum += v;
            size += fabs(v);
          }
        if (op == KERF_WINDOW_MAX) sum = most, size = 0;
        if (op == KERF_WINDOW_SUM) sum *= g.scale;
        if (depthwise) {
          if (variant) sum += residual[(i * width + j) * channels + c];
          if (variant == 2) sum = sum < 0 ? sum * slope[c] : sum;
          else if (variant) sum = fmin(fmax(sum, -0.5), 1);
        }
        expect_near(
            y[(i * width + j) * channels + c], sum, (w.rows * w.columns + 3) * 0x1p-24 * size, "%s window %d, %ldx%ld stride %ld dilation %ld, %ldx%ldx%ld, %ld,%ld,%ld",
            k->name, op, w.rows, w.columns, w.stride, w.dilation, height, width, channels, i, j, c);
      }
  forget();
}

/// Three columns at stride 1 with the columns of zeros left and right that are no part of the image.
static void check_borders(const kerf_kernels *k, long width, long channels, long left, long right, int behind) {
  const long outputs = width + left + right - 2;
  if (outputs < 1) return;
  float *x = guarded(width * channels, behind), *weights = guarded(3 * channels, behind), *bias = guarded(channels, 1), *y = guarded(outputs * channels, behind);
  kerf_window_f32 g = {0};
  g.columns = outputs, g.channels = channels, g.a = x - left * channels, g.a_column = g.tap_column = channels, g.tap_row = width * channels;
  g.last_row = 1, g.last_column = 3, g.kernel_columns = 3, g.zeros_left = left, g.zeros_right = right;
  g.w = weights, g.w_step = channels, g.c = y, g.c_column = channels, g.epilogue.bias = bias, g.epilogue.low = -INFINITY, g.epilogue.high = INFINITY;
  k->window(&g, KERF_WINDOW_DEPTHWISE);
  for (long j = 0; j < outputs; j++)
    for (long c = 0; c < channels; c++) {
      double sum = bias[c];
      for (long u = 0; u < 3; u++) {
        long q = j + u - left;
        if (q >= 0 && q < width) sum += (double)x[q * channels + c] * weights[u * channels + c];
      }
      expect_near(y[j * channels + c], sum, 6 * 0x1p-24 * 4, "%s window with %ld and %ld columns of zeros, width %ld, column %ld, channel %ld", k->name, left, right, width, j, c);
    }
  forget();
}

void check_window(const kerf_kernels *k) {
  static const kernel kernels[] = {{1, 1, 1, 1}, {3, 3, 1, 1}, {3, 3, 2, 1}, {5, 5, 1, 1}, {5, 5, 2, 1}, {7, 7, 1, 1}, {7, 7, 2, 1}, {3, 1, 1, 1}, {1, 3, 1, 1},
                                   {1, 5, 2, 1}, {5, 1, 2, 1}, {3, 3, 1, 2}, {2, 4, 3, 1}, {9, 1, 1, 1}, {1, 11, 1, 1}};
  static const long channels[] = {1, 3, 8, 16, 21, 64, 131};
  reseed(9);
  for (unsigned i = 0; i < sizeof kernels / sizeof *kernels; i++)
    for (int c = 0; c < 7; c++)
      for (int variant = 0; variant < 4; variant++) {
        check_case(k, kernels[i], draw(1, 3), draw(1, 20), channels[c], variant & 1, variant, KERF_WINDOW_DEPTHWISE);
        if (variant == 0) {
          check_case(k, kernels[i], 2, 9, channels[c], 1, 3, KERF_WINDOW_MAX);
          check_case(k, kernels[i], 2, 9, channels[c], 0, 3, KERF_WINDOW_SUM);
        }
      }
  for (long width = 1; width < 20; width++)
    for (long zeros = 0; zeros < 4; zeros++) check_borders(k, width, channels[width % 7], zeros & 1, zeros >> 1, (int)(width & 1));
}
