#include "check.h"

// Depthwise convolution and pooling of bytes against sums in 64-bit integers and the epilogue in scalar C, bit for bit.

typedef struct {
  long rows, columns, stride, dilation;
} kernel;

/// What a case adds to sums, scale and bias.
enum { RESIDUAL = 1, MIDDLE = 2, SLOPE = 4, FLOATS = 8, CLAMP = 16, BORDER = 32, GAP = 64 };

static void check_case(const kerf_kernels_u8 *k, kernel w, long height, long width, long channels, int behind, int with, int kind, kerf_window_u8_op op) {
  const int depthwise = op == KERF_WINDOW_U8_DEPTHWISE, most = op == KERF_WINDOW_U8_MAX;
  if (most) with &= BORDER | GAP;
  // A border leaves the first row and the last column of taps out: they lie before and behind the buffer.
  const long first_row = with & BORDER && w.rows > 1, last_column = w.columns - (with & BORDER && w.columns > 1);
  const long in_h = (height - 1) * w.stride + (w.rows - 1 - first_row) * w.dilation + 1, in_w = (width - 1) * w.stride + (last_column - 1) * w.dilation + 1;
  const long step = channels + (with & GAP ? 5 : 0), size = with & FLOATS ? 4 : 1, pixels = height * width, taps = w.rows * w.columns;
  uint8_t *x = guarded_bytes(in_h * in_w * channels, behind);
  int8_t *from = guarded_bytes(taps * channels, behind);
  levels(x, in_h * in_w * channels, kind);
  weights(from, taps * channels, kind);
  int32_t *start = guarded_bytes(channels * 4, 1);
  float *scale = guarded_zeros(channels, 1), *bias = guarded_zeros(channels, behind), *slope = guarded_zeros(channels, 1);
  for (long c = 0; c < channels; c++) {
    start[c] = (int32_t)draw(-5000, 5000);
    scale[c] = (depthwise ? 0.01f / sqrtf((float)taps) : 0.4f / (float)taps) * (1 + noise() / 2), bias[c] = (depthwise ? 100 : 20) + 50 * noise(), slope[c] = noise();
  }
  char *residual = guarded_bytes(pixels * channels * size, behind), *y = guarded_bytes(((pixels - 1) * step + channels) * size, behind);
  if (with & FLOATS)
    for (long i = 0; i < pixels * channels; i++) ((float *)residual)[i] = i % 7 == 0 ? NAN : 100 * noise();
  else levels((uint8_t *)residual, pixels * channels, 0);
  memset(y, 77, ((pixels - 1) * step + channels) * size);
  kerf_window_u8 g = {0};
  g.rows = height, g.columns = width, g.channels = channels, g.a_row = w.stride * in_w * channels, g.a_column = w.stride * channels;
  g.tap_row = w.dilation * in_w * channels, g.tap_column = w.dilation * channels, g.a = x - first_row * g.tap_row;
  g.kernel_rows = w.rows, g.kernel_columns = w.columns, g.first_row = first_row, g.last_row = w.rows, g.first_column = 0, g.last_column = last_column;
  g.pad = kind == 2 ? 255 : 131, g.w = from, g.w_step = channels, g.c = y, g.c_row = width * step, g.c_column = step, g.residual_row = width * channels;
  kerf_epilogue_u8 *e = &g.epilogue;
  if (depthwise || with & CLAMP) e->start = start;
  e->scale = scale, e->bias = bias, e->to_float = with & FLOATS ? 1 : 0, e->low = with & CLAMP ? 11 : -INFINITY, e->high = with & CLAMP ? 203 : INFINITY;
  if (with & SLOPE) e->slope = slope, e->offset = 3.5f;
  if (with & MIDDLE) e->middle_scale = 0.75f, e->middle_bias = 13.3f, e->middle_low = 40, e->middle_high = 190;
  if (with & RESIDUAL) e->residual = residual, e->residual_step = channels, e->residual_scale = 0.3f;
  k->window(&g, op);
  const unsigned char untouched = 77;
  for (long i = 0; i < height; i++)
    for (long j = 0; j < width; j++) {
      const long pixel = i * width + j;
      for (long c = 0; c < channels; c++) {
        int64_t sum = e->start ? start[c] : 0;
        uint8_t top = 0;
        for (long t = 0; t < w.rows; t++)
          for (long u = 0; u < w.columns; u++) {
            const int inside = t >= first_row && u < last_column;
            const uint8_t v = inside ? g.a[i * g.a_row + j * g.a_column + t * g.tap_row + u * g.tap_column + c] : g.pad;
            if (depthwise) sum += v * from[(t * w.columns + u) * channels + c];
            else if (inside) sum += v, top = v > top ? v : top;
          }
        float wanted = 0;
        if (most) memcpy(&wanted, &top, 1);
        else finished_u8(e, c, (int32_t)sum, with & RESIDUAL ? residual + (pixel * channels + c) * size : 0, &wanted);
        expect_same(
            y + (pixel * step + c) * size, &wanted, with & FLOATS, "%s window %d, %ldx%ld stride %ld dilation %ld, %ldx%ldx%ld, with %d, levels %d, at %ld,%ld,%ld", k->name,
            op, w.rows, w.columns, w.stride, w.dilation, height, width, channels, with, kind, i, j, c);
      }
      for (long c = channels * size; c < step * size && pixel + 1 < pixels; c++)
        expect_same(y + pixel * step * size + c, &untouched, 0, "%s window %d, %ld channels, with %d, behind pixel %ld", k->name, op, channels, with, pixel);
    }
  forget();
}

void check_window_u8(const kerf_kernels_u8 *k) {
  static const kernel kernels[] = {{1, 1, 1, 1}, {3, 3, 1, 1}, {3, 3, 2, 1}, {5, 5, 1, 1}, {5, 5, 2, 1}, {7, 7, 1, 1}, {7, 7, 2, 1}, {3, 1, 1, 1}, {1, 3, 1, 1}, {1, 5, 2, 1},
                                   {5, 1, 2, 1}, {3, 3, 1, 2}, {2, 4, 3, 1}, {4, 3, 1, 1}, {9, 3, 1, 1}, {1, 11, 1, 1}, {13, 13, 1, 1}};
  static const long channels[] = {1, 3, 8, 16, 17, 31, 32, 33, 63, 64, 65, 70, 128, 133};
  static const int withs[] = {0, BORDER, CLAMP | GAP, RESIDUAL | GAP | BORDER, SLOPE | MIDDLE, FLOATS | RESIDUAL | CLAMP | GAP, FLOATS | SLOPE | BORDER};
  reseed(21);
  for (unsigned i = 0; i < sizeof kernels / sizeof *kernels; i++)
    for (unsigned c = 0; c < sizeof channels / sizeof *channels; c++)
      for (int v = 0; v < 7; v++) {
        const long height = draw(1, 6), width = draw(1, 19);
        check_case(k, kernels[i], height, width, channels[c], (v + (int)c) & 1, withs[v], 0, KERF_WINDOW_U8_DEPTHWISE);
        if (v < 3) check_case(k, kernels[i], height, width, channels[c], (v + (int)c) & 1, withs[v], 0, KERF_WINDOW_U8_MAX);
        check_case(k, kernels[i], height, width, channels[c], (v + (int)c) & 1, withs[v], v == 0 ? 2 : 0, KERF_WINDOW_U8_SUM);
      }
  // The extremes; pooling of whole images.
  const kernel whole = {56, 56, 1, 1};
  for (int kind = 1; kind < 4; kind++)
    for (int op = 0; op < 3; op++) {
      for (int i = 0; i < 5; i++) check_case(k, kernels[i], 2, 7, 67, i & 1, i & 1 ? BORDER : 0, kind, (kerf_window_u8_op)op);
      check_case(k, whole, 1, 1, 65, kind & 1, kind == 3 ? FLOATS : 0, kind, (kerf_window_u8_op)op);
    }
}
