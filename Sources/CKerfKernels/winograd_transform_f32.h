// Winograd's transforms along one axis. Every row of Bᵀ holds the coefficients of `Π_{j≠i} (x − p_j)`, at infinity those of the whole product;
// a pair of points ±p shares its even and its odd part.

INLINE void NAME(input_transform)(const int ALPHA, const V *d, V *v) {
  if (ALPHA == 4) {
    v[0] = d[2] - d[0];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  } else if (ALPHA == 6) {
    V even = d[2] * -4 + d[4], odd = d[1] * -4 + d[3];
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[4] - d[2];
    odd = d[3] - d[1];
    v[3] = odd * 2 + even;
    v[4] = odd * -2 + even;
    v[0] = d[0] * 4 + (d[2] * -5 + d[4]);
    v[5] = d[1] * 4 + (d[3] * -5 + d[5]);
  } else if (ALPHA == 10) {
    v[0] = d[0] * 0.5625f + (d[2] * -3.953125f + (d[4] * 8.203125f + (d[6] * -5.8125f + d[8])));
    v[9] = d[1] * 0.5625f + (d[3] * -3.953125f + (d[5] * 8.203125f + (d[7] * -5.8125f + d[9])));
    V even = d[2] * -0.5625f + (d[4] * 3.390625f + (d[6] * -4.8125f + d[8]));
    V odd = d[1] * -0.5625f + (d[3] * 3.390625f + (d[5] * -4.8125f + d[7]));
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[2] * -0.140625f + (d[4] * 0.953125f + (d[6] * -1.8125f + d[8]));
    odd = d[1] * -0.28125f + (d[3] * 1.90625f + (d[5] * -3.625f + d[7] * 2));
    v[3] = even + odd;
    v[4] = even - odd;
    even = d[2] * -2.25f + (d[4] * 6.8125f + (d[6] * -5.5625f + d[8]));
    odd = d[1] * -1.125f + (d[3] * 3.40625f + (d[5] * -2.78125f + d[7] * 0.5f));
    v[5] = even + odd;
    v[6] = even - odd;
    even = (d[4] - d[6]) * 5.25f + (d[8] - d[2]);
    odd = (d[3] - d[5]) * 3.9375f + (d[7] - d[1]) * 0.75f;
    v[7] = even + odd;
    v[8] = even - odd;
  } else {
    v[0] = (d[2] - d[4]) * 5.25f + (d[6] - d[0]);
    v[7] = (d[3] - d[5]) * 5.25f + (d[7] - d[1]);
    V even = d[4] * -4.25f + (d[2] + d[6]), odd = d[3] * -4.25f + (d[1] + d[5]);
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[2] * 0.25f + (d[4] * -1.25f + d[6]);
    odd = d[1] * 0.5f + (d[3] * -2.5f + d[5] * 2);
    v[3] = even + odd;
    v[4] = even - odd;
    even = d[2] * 4 + (d[4] * -5 + d[6]);
    odd = d[1] * 2 + (d[3] * -2.5f + d[5] * 0.5f);
    v[5] = even + odd;
    v[6] = even - odd;
  }
}

/// `y_j = Σ_i p_i^j · m_i`, the value at infinity added to the last.
INLINE void NAME(output_transform)(const int ALPHA, const int M, const V *m, V *y) {
  V a = m[1] + m[2], b = m[1] - m[2];
  if (ALPHA == 4) {
    y[0] = m[0] + a;
    y[1] = b + m[3];
    return;
  }
  V c = m[3] + m[4], d = m[3] - m[4];
  if (ALPHA == 6) {
    y[0] = m[0] + a + c;
    y[1] = d * 2 + b;
    if (M == 4) y[2] = c * 4 + a;
    if (M == 4) y[3] = d * 8 + b;
    y[M - 1] += m[5];
    return;
  }
  V e = m[5] + m[6], f = m[5] - m[6];
  if (ALPHA == 10) {
    V g = m[7] + m[8], h = m[7] - m[8];
    y[0] = (m[0] + a) + (c + e) + g;
    y[1] = h * 0.75f + (f * 0.5f + (d * 2 + b));
    y[2] = g * 0.5625f + (e * 0.25f + (c * 4 + a));
    y[3] = h * 0.421875f + (f * 0.125f + (d * 8 + b));
    if (M >= 6) y[4] = g * 0.31640625f + (e * 0.0625f + (c * 16 + a));
    if (M >= 6) y[5] = h * 0.2373046875f + (f * 0.03125f + (d * 32 + b));
    if (M >= 8) y[6] = g * 0.177978515625f + (e * 0.015625f + (c * 64 + a));
    if (M >= 8) y[7] = h * 0.133483886718750f + (f * 0.0078125f + (d * 128 + b));
    y[M - 1] += m[9];
    return;
  }
  y[0] = (m[0] + a) + (c + e);
  y[1] = f * 0.5f + (d * 2 + b);
  if (M >= 4) y[2] = e * 0.25f + (c * 4 + a);
  if (M >= 4) y[3] = f * 0.125f + (d * 8 + b);
  if (M >= 6) y[4] = e * 0.0625f + (c * 16 + a);
  if (M >= 6) y[5] = f * 0.03125f + (d * 32 + b);
  y[M - 1] += m[7];
}
