/* Numbers under the pointer, in the units and digits that people read. */

function significant(value, figures = 4) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const decimals = Math.min(8, Math.max(0, figures - 1 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(decimals);
}

/** A text in which no end of a line parts a number from its unit; as `held` of hrtem_ui/text/words.py. */
function held(text) {
  return text.replace(/(\d) (?=(?:±|×|%|nm|px|µm|mm|kV|MB|Å|1\/nm|1\/px)(?![A-Za-z]))|([±×]) (?=\d)/g, "$1$2\u00a0");
}

/** Direction of (row, col), 0 to the right and 90 up, in [0, 180) degrees. */
function azimuthOf(row, col) {
  const degrees = (Math.atan2(-row, col) * 180) / Math.PI;
  return (((Math.round(degrees * 10) / 10) % 180) + 180) % 180;
}

function positionText(about, row, col) {
  const [y, x] = [about.origin[0] + about.step[0] * row, about.origin[1] + about.step[1] * col];
  if (about.unit === "px") return `x ${Math.floor(x)}, y ${Math.floor(y)} px`;
  return `x ${x.toFixed(about.decimals)}, y ${y.toFixed(about.decimals)} ${about.unit}`;
}

function greyText(found) {
  if (!found) return "";
  const sign = found.exact ? "" : (found.edge || "≈ ");
  const shown = Math.abs(found.value) >= 100 && !found.exact ? Math.round(found.value) : found.value;
  return ` · grey ${sign}${Number.isInteger(shown) ? shown : significant(shown)}`;
}

function frequencyText(about, row, col) {
  const g = Math.hypot(row, col) / about.per_nm; // in cycles per unit shown
  if (g * about.per_nm < about.least) return "zero frequency";
  return `d ${significant(1 / g)} ${about.unit} · 1/d ${significant(g)} 1/${about.unit} · azimuth ${azimuthOf(row, col).toFixed(1)}°`;
}

/** What lies at a place, in a line. */
function readoutText(about, row, col, found) {
  if (!about) return "";
  if (about.kind === "fft") return frequencyText(about, row, col);
  return positionText(about, row, col) + greyText(found);
}

/** The largest of 1, 2, 5 times a power of ten that is not above the limit. */
function niceLength(limit) {
  const decade = Math.pow(10, Math.floor(Math.log10(limit)));
  return [5, 2, 1].map((n) => n * decade).find((length) => length <= limit * (1 + 1e-9));
}

function lengthText(length, unit) {
  const short = (value) => String(Number(value.toPrecision(3)));
  return unit === "nm" && length >= 1000 ? `${short(length / 1000)} µm` : `${short(length)} ${unit}`;
}
