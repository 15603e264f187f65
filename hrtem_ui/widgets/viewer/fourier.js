/* A small FFT: radix 2, of a square of real numbers, fast enough to follow the pointer. */

const PLANS = new Map();

/** Order of the bits and turns of the circle for n numbers, n a power of two. */
function planOf(n) {
  if (PLANS.has(n)) return PLANS.get(n);
  const bits = Math.log2(n);
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = (order[i >> 1] >> 1) | ((i & 1) << (bits - 1));
  const cos = new Float64Array(n / 2);
  const sin = new Float64Array(n / 2);
  for (let i = 0; i < n / 2; i++) {
    cos[i] = Math.cos((2 * Math.PI * i) / n);
    sin[i] = -Math.sin((2 * Math.PI * i) / n);
  }
  const plan = { order, cos, sin };
  PLANS.set(n, plan);
  return plan;
}

/** The Fourier transform of n complex numbers from `start` on, in place. */
function transform(re, im, start, n) {
  const { order, cos, sin } = planOf(n);
  for (let i = 0; i < n; i++) {
    const j = order[i];
    if (j <= i) continue;
    [re[start + i], re[start + j]] = [re[start + j], re[start + i]];
    [im[start + i], im[start + j]] = [im[start + j], im[start + i]];
  }
  for (let half = 1, stride = n / 2; half < n; half *= 2, stride /= 2) {
    for (let from = start; from < start + n; from += 2 * half) {
      for (let k = 0, turn = 0; k < half; k++, turn += stride) {
        const a = from + k;
        const b = a + half;
        const x = re[b] * cos[turn] - im[b] * sin[turn];
        const y = re[b] * sin[turn] + im[b] * cos[turn];
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

/** Numbers from one column to the next: a power of two would put them all into one place of the cache. */
const strideOf = (n) => n + 16;

/** Two real rows as one complex row: their transforms for the columns 0 ... n/2, column after column. */
function rowPair(square, n, row, re, im, columnsRe, columnsIm) {
  for (let j = 0; j < n; j++) {
    re[j] = square[row * n + j];
    im[j] = square[(row + 1) * n + j];
  }
  transform(re, im, 0, n);
  for (let k = 0; k <= n / 2; k++) {
    const m = (n - k) % n;
    const at = k * strideOf(n) + row;
    columnsRe[at] = (re[k] + re[m]) / 2;
    columnsIm[at] = (im[k] - im[m]) / 2;
    columnsRe[at + 1] = (im[k] + im[m]) / 2;
    columnsIm[at + 1] = (re[m] - re[k]) / 2;
  }
}

/** Power of the Fourier transform of n x n real numbers as far as `reach` bins: zero frequency at (reach, reach). */
function powerOf(square, n, reach = n / 2) {
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const columnsRe = new Float64Array((n / 2 + 1) * strideOf(n));
  const columnsIm = new Float64Array((n / 2 + 1) * strideOf(n));
  for (let row = 0; row < n; row += 2) rowPair(square, n, row, re, im, columnsRe, columnsIm);
  const side = 2 * reach;
  const power = new Float32Array(side * side);
  for (let k = 0; k <= reach; k++) {
    transform(columnsRe, columnsIm, k * strideOf(n), n);
    for (let i = -reach; i <= reach; i++) {
      const at = k * strideOf(n) + ((i + n) % n);
      const value = columnsRe[at] ** 2 + columnsIm[at] ** 2;
      if (i < reach && k < reach) power[(i + reach) * side + k + reach] = value;
      if (i > -reach) power[(reach - i) * side + reach - k] = value; // of a real image both are one
    }
  }
  return power;
}

/** A box of an image with its mean taken out and its edges faded, as `powerOf` wants it. */
function fadedBox(values, cols, top, left, n) {
  const square = new Float64Array(n * n);
  let mean = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) mean += values[(top + i) * cols + left + j];
  mean /= n * n;
  const fade = Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / n));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      square[i * n + j] = (values[(top + i) * cols + left + j] - mean) * fade[i] * fade[j];
  return square;
}

/** The strongest place outside of the centre, to a part of a pixel: (row, col) from the zero frequency. */
function strongestSpot(power, n, least) {
  const half = n / 2;
  let best = 0;
  let found = null;
  for (let i = 1; i <= half; i++) {
    for (let j = 1; j < n - 1; j++) {
      const value = power[i * n + j];
      if (value <= best) continue;
      const radius = Math.hypot(i - half, j - half);
      if (radius >= least && radius <= half) [best, found] = [value, [i, j]];
    }
  }
  return found && summitAt(power, n, found);
}

const NEAR_BINS = 3; // a click this near to a spot means it

/** The strongest place near (row, col), counted from the zero frequency; null at the picture's edge. */
function spotNear(power, n, place) {
  const half = n / 2;
  const [row, col] = place.map((at) => Math.round(at) + half);
  let best = 0;
  let found = null;
  for (let i = row - NEAR_BINS; i <= row + NEAR_BINS; i++) {
    for (let j = col - NEAR_BINS; j <= col + NEAR_BINS; j++) {
      if (i < 1 || j < 1 || i > n - 2 || j > n - 2 || (i === half && j === half)) continue;
      if (power[i * n + j] > best) [best, found] = [power[i * n + j], [i, j]];
    }
  }
  return found && summitAt(power, n, found);
}

/** Where a pixel's summit is to a part of a pixel: (row, col) from the zero frequency. */
function summitAt(power, n, [i, j]) {
  const half = n / 2;
  const log = (row, col) => Math.log(power[row * n + col] + 1e-30);
  const shift = (low, middle, high) => {
    const bend = low - 2 * middle + high;
    return bend < 0 ? Math.min(0.5, Math.max(-0.5, (low - high) / (2 * bend))) : 0;
  };
  return [
    i - half + shift(log(i - 1, j), log(i, j), log(i + 1, j)),
    j - half + shift(log(i, j - 1), log(i, j), log(i, j + 1)),
  ];
}

/** The period of a profile by least squares, with its standard uncertainty in samples; null if none stands out. */
function periodOf(profile) {
  const n = profile.length;
  if (n < 12) return null;
  const flat = detrended(profile);
  const least = 1.5 / n; // a period and a half must fit
  let best = { power: 0 };
  for (let f = least; f < 0.5; f += 0.1 / n) {
    const power = waveAt(flat, f).power;
    if (power > best.power) best = { power, f };
  }
  if (!best.f) return null;
  const f = summit((frequency) => waveAt(flat, frequency).power, best.f, 0.1 / n);
  const wave = waveAt(flat, f);
  const rest = flat.map((value, i) => value - wave.cos * Math.cos(2 * Math.PI * f * i) - wave.sin * Math.sin(2 * Math.PI * f * i));
  const variance = rest.reduce((sum, value) => sum + value * value, 0) / Math.max(1, n - 3);
  const amplitude = Math.hypot(wave.cos, wave.sin);
  const samples = n / memoryOf(rest); // that say something of their own
  if (amplitude ** 2 * samples < 10 * Math.log(n) * variance) return null; // noise alone: 1 in 200
  // D. C. Rife and R. R. Boorstyn, IEEE Trans. Inf. Theory 20 (1974) 591: the least variance there can be
  const sigma = (Math.sqrt(6 * variance) / (Math.PI * amplitude * n)) / Math.sqrt(samples);
  return { period: 1 / f, sigma: sigma / (f * f), periods: n * f };
}

/** A profile without its parabola, which is no wave. */
function detrended(profile) {
  const n = profile.length;
  const x = (i) => (2 * i) / (n - 1) - 1;
  const bases = [() => 1, (t) => t, (t) => t * t - (n + 1) / (3 * (n - 1))];
  let rest = Float64Array.from(profile);
  for (const base of bases) {
    let top = 0;
    let bottom = 0;
    rest.forEach((value, i) => {
      top += value * base(x(i));
      bottom += base(x(i)) ** 2;
    });
    rest = rest.map((value, i) => value - (top / bottom) * base(x(i)));
  }
  return rest;
}

/** The wave of a frequency that fits best, and how much of the profile it explains. */
function waveAt(flat, f) {
  let [cc, ss, cs, yc, ys] = [0, 0, 0, 0, 0];
  for (let i = 0; i < flat.length; i++) {
    const c = Math.cos(2 * Math.PI * f * i);
    const s = Math.sin(2 * Math.PI * f * i);
    cc += c * c;
    ss += s * s;
    cs += c * s;
    yc += flat[i] * c;
    ys += flat[i] * s;
  }
  const whole = cc * ss - cs * cs;
  const [cos, sin] = [(yc * ss - ys * cs) / whole, (ys * cc - yc * cs) / whole];
  return { cos, sin, power: cos * yc + sin * ys };
}

/** Where a function has its summit, near x. */
function summit(of, x, step) {
  for (let n = 0; n < 12; n++, step /= 2) {
    const [low, middle, high] = [of(x - step), of(x), of(x + step)];
    if (low > middle) x -= step;
    else if (high > middle) x += step;
  }
  return x;
}

/** How many neighbouring samples say the same: the sum of their correlations, as far as it is positive. */
function memoryOf(rest) {
  const at = (lag) => {
    let sum = 0;
    for (let i = lag; i < rest.length; i++) sum += rest[i] * rest[i - lag];
    return sum;
  };
  const whole = at(0);
  let memory = 1;
  for (let lag = 1; lag < rest.length / 4; lag++) {
    const correlation = at(lag) / whole;
    if (!(correlation > 0.05)) break;
    memory += 2 * correlation;
  }
  return memory;
}
