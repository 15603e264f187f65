/* Tools that need no server: distance and angle, line profile, FFT of a box, angle of two spots, rings. */

const BOXES = [128, 256, 512];
const CLEARED = 4; // bins round a spot that belong to it
const MOST_SPOTS = 12; // that are gone through by key
const NEAR_CENTRE = 4; // bins round the zero frequency in which no spot is looked for

/** What all tools share: a panel beside the picture, and lines drawn on it. */
class Tool {
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** Whether it draws while the pointer is held down; other tools act on a click. */
  get draws() {
    return false;
  }

  /** Whether its panel is large, and so stands beside the picture where there is room. */
  get isLarge() {
    return false;
  }

  begin() {}
  drag() {}
  end() {}
  hover() {}
  draw() {}
  fill() {} // the panel, once

  /** Say something in the panel. */
  tells(text) {
    this.text.textContent = held(text);
  }

  /** The length and direction from one place to another, in the units people read. */
  between([row0, col0], [row1, col1]) {
    const { step, unit } = this.viewer.data.readout;
    const [down, across] = [(row1 - row0) * step[0], (col1 - col0) * step[1]];
    const degrees = (((Math.atan2(-down, across) * 180) / Math.PI) % 180 + 180) % 180;
    return { length: Math.hypot(down, across), pixels: Math.hypot(row1 - row0, col1 - col0), degrees, unit };
  }

  drawLine(live, [from, to], kind = "hv-line") {
    const [x1, y1] = this.viewer.view.spot(...from);
    const [x2, y2] = this.viewer.view.spot(...to);
    const line = { x1, y1, x2, y2 };
    element("line", { ...line, stroke: "#000", "stroke-width": 5, "stroke-opacity": 0.7 }, live);
    element("line", { ...line, stroke: "#fff", "stroke-width": 2, class: kind }, live);
    for (const [cx, cy] of [[x1, y1], [x2, y2]])
      element("circle", { cx, cy, r: 4, fill: "#fff", stroke: "#000", "stroke-width": 1.5 }, live);
  }
}

class LineTool extends Tool {
  get draws() {
    return true;
  }

  constructor(viewer) {
    super(viewer);
    this.lines = []; // the one before, and the last
  }

  begin(place) {
    this.start = place;
    this.before = this.lines.slice(-this.most + 1 || this.lines.length);
  }

  get most() {
    return 2;
  }

  drag(place) {
    this.lines = [...this.before, [this.start, place]];
    this.tell();
  }

  draw(live) {
    for (const line of this.lines) this.drawLine(live, line);
  }
}

class Distance extends LineTool {
  get hint() {
    return "Drag from one point to another; a second line gives the angle between both.";
  }

  fill(panel) {
    this.text = addTo(panel, "div", "hv-numbers", this.hint);
  }

  tell() {
    if (!this.lines.length) return;
    const [one, other] = this.lines.slice(-2).map((line) => this.between(...line));
    const last = other ?? one;
    const told = [`${significant(last.length)} ${last.unit}`];
    if (last.unit !== "px") told.push(`${last.pixels.toFixed(1)} px`);
    told.push(`direction ${(Math.round(last.degrees * 10) / 10 % 180).toFixed(1)}°`);
    if (other) told.push(`${betweenLines(one.degrees, other.degrees).toFixed(1)}° to the line before`);
    this.tells(told.join(" · "));
  }
}

/** The smaller angle between two directions without a sense, in degrees. */
function betweenLines(one, other) {
  const apart = Math.abs(one - other) % 180;
  return Math.min(apart, 180 - apart);
}

class Profile extends LineTool {
  get isLarge() {
    return true;
  }

  get hint() {
    return "Drag a line across fringes.";
  }

  fill(panel) {
    this.text = addTo(panel, "div", "hv-numbers", this.hint);
    this.chart = element("svg", { class: "hv-chart", viewBox: "0 0 300 110", "aria-hidden": "true" });
    panel.append(this.chart);
    this.width = numberField(panel, "Width in pixels", this.width ?? 10, 1, 400, (value) => {
      this.width = value;
      this.tell();
      this.viewer.draw();
    });
  }

  get most() {
    return 1;
  }

  tell() {
    const line = this.lines.at(-1);
    const { pixels } = this.viewer.picture;
    if (!line) return;
    if (!pixels) {
      this.text.textContent = "The pixels are on their way.";
      return;
    }
    const profile = profileOf(pixels, ...line.map((place) => this.viewer.pixelAt(place)), this.width);
    const about = this.between(...line);
    const each = about.length / (profile.length - 1);
    const found = periodOf(profile);
    const length = `${significant(about.length)} ${about.unit}, direction ${about.degrees.toFixed(1)}°`;
    this.tells(found
      ? `${spacingText(found.period * each, found.sigma * each, about.unit)} along the line · ` +
        `${found.periods.toFixed(1)} periods in ${length}`
      : `No period stands out in ${length}.`);
    drawChart(this.chart, profile, about.length, about.unit);
  }

  draw(live) {
    const line = this.lines.at(-1);
    if (!line) return;
    const sides = sidesOf(line, this.width);
    const points = sides.map((place) => this.viewer.view.spot(...place).join()).join(" ");
    element("polygon", { points, fill: "#fff", "fill-opacity": 0.15, stroke: "#fff", "stroke-opacity": 0.7 }, live);
    super.draw(live);
  }
}

/** Corners of the band round a line that a profile is averaged over. */
function sidesOf([[row0, col0], [row1, col1]], width) {
  const length = Math.hypot(row1 - row0, col1 - col0) || 1;
  const [up, right] = [((col1 - col0) / length) * (width / 2), (-(row1 - row0) / length) * (width / 2)];
  return [[row0 + up, col0 + right], [row1 + up, col1 + right], [row1 - up, col1 - right], [row0 - up, col0 - right]];
}

/** Means across a line of that width, at every pixel along it. */
function profileOf({ head, values }, [row0, col0], [row1, col1], width) {
  const length = Math.hypot(row1 - row0, col1 - col0);
  const n = Math.max(2, Math.round(length) + 1);
  const [down, across] = [(row1 - row0) / (n - 1), (col1 - col0) / (n - 1)];
  const [aside, along] = length ? [(col1 - col0) / length, -(row1 - row0) / length] : [0, 0];
  const most = (width - 1) / 2;
  return Float64Array.from({ length: n }, (_, i) => {
    let [sum, count] = [0, 0];
    for (let w = -most; w <= most + 1e-9; w++) {
      const value = interpolated(values, head.shape, row0 + i * down + w * aside, col0 + i * across + w * along);
      if (value === null) continue;
      sum += value;
      count++;
    }
    return head.least + head.step * (count ? sum / count : 0);
  });
}

/** The value between pixels, whose centres are at halves; null outside. */
function interpolated(values, [rows, cols], row, col) {
  const [y, x] = [row - 0.5, col - 0.5];
  const [i, j] = [Math.floor(y), Math.floor(x)];
  if (i < 0 || j < 0 || i >= rows - 1 || j >= cols - 1) return null;
  const [down, across] = [y - i, x - j];
  const at = i * cols + j;
  const above = values[at] * (1 - across) + values[at + 1] * across;
  const below = values[at + cols] * (1 - across) + values[at + cols + 1] * across;
  return above * (1 - down) + below * down;
}

function drawChart(chart, profile, length, unit) {
  chart.replaceChildren();
  const low = Math.min(...profile);
  const span = Math.max(...profile) - low || 1;
  const points = Array.from(profile, (value, i) => {
    const x = 4 + (292 * i) / (profile.length - 1);
    return `${x.toFixed(1)},${(88 - (82 * (value - low)) / span).toFixed(1)}`;
  });
  element("line", { x1: 4, y1: 92, x2: 296, y2: 92, stroke: "currentColor", "stroke-opacity": 0.5 }, chart);
  element("polyline", { points: points.join(" "), fill: "none", stroke: "currentColor", "stroke-width": 1.3 }, chart);
  const text = (x, anchor, said) => {
    const made = element("text", { x, y: 106, "text-anchor": anchor, "font-size": 12, fill: "currentColor" }, chart);
    made.textContent = said;
  };
  text(4, "start", "0");
  text(296, "end", `${significant(length, 3)} ${unit}`);
}

/** A spacing with its uncertainty: one digit of it, or two where it begins with a 1. */
function spacingText(value, sigma, unit) {
  const power = Math.floor(Math.log10(sigma));
  const decimals = Math.max(0, Math.min(6, -power + (sigma / Math.pow(10, power) < 1.95 ? 1 : 0)));
  return `Spacing ${value.toFixed(decimals)} ± ${sigma.toFixed(decimals)} ${unit}`;
}

class BoxFft extends Tool {
  get isLarge() {
    return true;
  }

  constructor(viewer) {
    super(viewer);
    this.side = 256;
  }

  get hint() {
    return "The FFT of the box under the pointer. A click keeps the box in its place.";
  }

  fill(panel) {
    this.text = addTo(panel, "div", "hv-numbers", this.hint);
    this.canvas = addTo(panel, "canvas", "hv-fft");
    this.canvas.addEventListener("pointermove", (event) => this.tellSpot(event));
    this.canvas.addEventListener("pointerleave", () => this.tell());
    this.canvas.addEventListener("click", (event) => this.choose(event));
    const row = addTo(panel, "div", "hv-row");
    this.sides = BOXES.map((side) => {
      const button = addTo(row, "button", "hv-button", `${side}²`);
      button.type = "button";
      button.setAttribute("aria-label", `Box of ${side} pixels`);
      button.addEventListener("click", () => this.resize(side));
      return button;
    });
    this.keeper = addTo(panel, "button", "hv-button hv-keep", "Keep as a peak");
    Object.assign(this.keeper, { type: "button", disabled: true, title: "Of the spot that is marked (k); the next spot (s)" });
    this.keeper.addEventListener("click", () => this.keep());
    this.resize(this.side);
  }

  /** Another spot than the strongest one: the strongest place near a click in the FFT. */
  choose(event) {
    const place = this.power && this.placeIn(event);
    if (!place || Math.hypot(...place) < 1) return;
    this.chosen = spotNear(this.power, 2 * this.reach, place) ?? place;
    this.show();
  }

  /** The next weaker spot, and after the last one the strongest again. */
  chooseNext() {
    if (!this.power) return;
    const [side, reach] = [2 * this.reach, this.reach];
    this.seen = this.chosen ? [...this.seen, this.chosen] : [this.spot];
    const left = this.power.slice();
    for (const seen of this.seen)
      for (const sign of [1, -1]) clearRound(left, side, seen.map((at) => Math.round(sign * at) + reach));
    const next = this.seen.length < MOST_SPOTS && strongestSpot(left, side, NEAR_CENTRE);
    this.chosen = next || null;
    this.show();
    this.viewer.said.textContent = this.text.textContent;
  }

  /** Make the marked spot a peak of the recipe; what is outside the range that is looked for, the page says. */
  keep() {
    if (!this.spot) return;
    const { row, col } = this.frequency(this.spot);
    this.viewer.tell({ keep_row: row, keep_col: col });
  }

  get keys() {
    return { k: () => this.keep(), s: () => this.chooseNext() };
  }

  resize(side) {
    this.side = side;
    this.sides.forEach((button, at) => button.setAttribute("aria-pressed", BOXES[at] === side));
    this.compute();
    this.viewer.draw();
  }

  hover(place) {
    if (this.kept) return;
    this.place = place;
    this.stale = true; // computed when the picture is drawn next, however often the pointer moved until then
  }

  begin(place) {
    this.kept = !this.kept;
    this.place = place;
    this.stale = true;
  }

  compute() {
    const { pixels } = this.viewer.picture;
    if (!this.place || !pixels) return;
    this.stale = false;
    const [rows, cols] = pixels.head.shape;
    const n = Math.min(this.side, 2 ** Math.floor(Math.log2(Math.min(rows, cols))));
    const [row, col] = this.viewer.pixelAt(this.place);
    const within = (at, most) => Math.round(Math.min(Math.max(at - n / 2, 0), most - n));
    this.box = { top: within(row, rows), left: within(col, cols), n };
    this.reach = this.shownBins();
    this.power = powerOf(fadedBox(pixels.values, cols, this.box.top, this.box.left, n), n, this.reach);
    this.chosen = null; // it was one of another box
    this.show();
  }

  /** The FFT with the spot that stands for all: the one that was chosen, else the strongest. */
  show() {
    this.spot = this.chosen ?? strongestSpot(this.power, 2 * this.reach, NEAR_CENTRE);
    showPower(this.canvas, this.power, 2 * this.reach);
    if (this.spot) markSpot(this.canvas, this.spot, this.reach);
    this.keeper.disabled = !this.spot;
    this.tell();
  }

  /** How far from the centre the FFT is shown, in bins: as far as spacings are looked for. */
  shownBins() {
    const bin = this.frequency([1, 1]);
    const { reach } = this.viewer.data.readout;
    return Math.min(this.box.n / 2, Math.max(16, Math.ceil(reach / Math.min(bin.row, bin.col))));
  }

  /** Cycles per unit of length of a place in the FFT, (row, col) from its centre. */
  frequency([down, across]) {
    const { frame } = this.viewer.view;
    const { step, unit } = this.viewer.data.readout;
    const [rows, cols] = this.viewer.picture.pixels.head.shape;
    const pixel = [(frame.height / rows) * step[0], (frame.width / cols) * step[1]];
    return { row: down / (this.box.n * pixel[0]), col: across / (this.box.n * pixel[1]), unit };
  }

  told({ row, col, unit }) {
    const g = Math.hypot(row, col);
    return `d ${significant(1 / g)} ${unit} · 1/d ${significant(g)} 1/${unit} · azimuth ${azimuthOf(row, col).toFixed(1)}°`;
  }

  tell() {
    this.stale ||= !this.power;
    if (!this.spot) return;
    const name = this.chosen ? "Chosen" : "Strongest";
    this.tells(`${name} spot: ${this.told(this.frequency(this.spot))}`);
  }

  /** The place in the FFT under a pointer, in bins from its centre. */
  placeIn(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    return at.map((share) => (2 * share - 1) * this.reach - 0.5);
  }

  tellSpot(event) {
    if (!this.power) return;
    const place = this.placeIn(event);
    if (Math.hypot(...place) >= 1) this.tells(this.told(this.frequency(place)));
  }

  draw(live) {
    if (this.stale) this.compute();
    if (!this.box) return;
    const { top, left, n } = this.box;
    this.viewer.drawBox(live, this.viewer.placeOf([top, left]), this.viewer.placeOf([top + n, left + n]));
  }
}

/** Forget a spot of a power spectrum, and what is near it. */
function clearRound(power, side, [row, col]) {
  for (let i = row - CLEARED; i <= row + CLEARED; i++)
    for (let j = col - CLEARED; j <= col + CLEARED; j++)
      if (i >= 0 && j >= 0 && i < side && j < side) power[i * side + j] = 0;
}

/** The logarithm of a power spectrum as grey levels. */
function showPower(canvas, power, side) {
  const log = power.map((value) => Math.log(value + 1e-20));
  const some = log.filter((_, i) => i % 37 === 0).sort();
  const low = some[Math.floor(0.35 * some.length)];
  const high = log.reduce((most, value) => Math.max(most, value), low);
  const image = new ImageData(side, side);
  const out = new Uint32Array(image.data.buffer);
  for (let i = 0; i < log.length; i++) {
    const share = Math.min(1, Math.max(0, (log[i] - low) / (high - low || 1)));
    const grey = Math.round(255 * share * share); // noise dark, spots bright
    out[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** A thin circle round a spot and its Friedel mate. */
function markSpot(canvas, spot, reach) {
  const context = canvas.getContext("2d");
  context.lineWidth = Math.max(1, reach / 90);
  context.strokeStyle = "#ffd84a";
  for (const sign of [1, -1]) {
    const [y, x] = spot.map((at) => sign * at + reach + 0.5);
    context.beginPath();
    context.arc(x, y, Math.max(4, reach / 20), 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Clicks that only select. */
class Select extends Tool {
  get hint() {
    return "A click selects a pair and rejects nothing.";
  }

  fill(panel) {
    addTo(panel, "div", "hv-numbers", this.hint);
  }

  begin([row, col]) {
    this.viewer.tell({ row, col, selects: true });
  }
}

/** Clicks that place masks for an inverse FFT, or take them away. */
class Masks extends Tool {
  get hint() {
    return "Click a spot to place a mask and see its inverse FFT beside; click a mask to take it away.";
  }

  fill(panel) {
    addTo(panel, "div", "hv-numbers", this.hint);
  }

  begin([row, col]) {
    this.viewer.tell({ row, col, masks: true });
  }
}

/** The angle between two spots of an FFT, and the ratio of their spacings. */
class SpotAngle extends Tool {
  constructor(viewer) {
    super(viewer);
    this.spots = [];
  }

  get hint() {
    return "Click two spots: the angle between them, and the ratio of their d.";
  }

  fill(panel) {
    this.text = addTo(panel, "div", "hv-numbers", this.hint);
  }

  /** The place of a pair that is near, or the place itself. */
  snapped([row, col]) {
    const [x, y] = this.viewer.view.spot(row, col);
    const near = this.viewer.markAt(x, y);
    if (!near) return [row, col];
    const distance = ([r, c]) => Math.hypot(r - row, c - col);
    return [...near.mark.places].sort((one, other) => distance(one) - distance(other))[0];
  }

  begin(place) {
    this.spots = [...(this.spots.length > 1 ? [] : this.spots), this.snapped(place)];
    const { per_nm: perNm, unit } = this.viewer.data.readout;
    const d = this.spots.map((spot) => perNm / Math.hypot(...spot));
    const told = d.map((value) => `d ${significant(value)} ${unit}`);
    if (d.length > 1) {
      const [one, other] = this.spots.map(([row, col]) => (Math.atan2(-row, col) * 180) / Math.PI);
      const apart = Math.abs(one - other) % 360;
      told.push(`angle ${Math.min(apart, 360 - apart).toFixed(1)}°`);
      told.push(`ratio of d ${(Math.max(...d) / Math.min(...d)).toFixed(4)}`);
    }
    this.tells(told.join(" · "));
  }

  draw(live) {
    for (const spot of this.spots) this.drawLine(live, [[0, 0], spot], "hv-ray");
  }
}

/** Rings of spacings that one knows, and one through the pointer. */
class Rings extends Tool {
  constructor(viewer) {
    super(viewer);
    this.known = [];
    this.typed = "";
  }

  get hint() {
    return "Rings of spacings that you know; a thin one passes through the pointer.";
  }

  fill(panel) {
    addTo(panel, "div", "hv-numbers", this.hint);
    const label = addTo(panel, "label", "hv-field", `d in ${this.viewer.data.readout.unit}, several with spaces`);
    const field = addTo(label, "input", "hv-several");
    field.value = this.typed;
    field.addEventListener("keydown", (event) => event.stopPropagation());
    field.addEventListener("input", () => {
      this.typed = field.value;
      this.known = field.value.split(/[\s;]+/).map(Number).filter((d) => d > 0 && Number.isFinite(d)).slice(0, 20);
      this.viewer.draw();
    });
  }

  draw(live) {
    const { view, data, pointer } = this.viewer;
    const { per_nm: perNm, unit } = data.readout;
    const [cx, cy] = view.spot(0, 0);
    const ring = (radius, width, dash, text, turn = 0) => {
      const circle = { cx, cy, r: radius * view.scale, fill: "none", "stroke-dasharray": dash };
      element("circle", { ...circle, stroke: "#000", "stroke-width": width + 2, "stroke-opacity": 0.5 }, live);
      element("circle", { ...circle, stroke: "#fff", "stroke-width": width, class: "hv-ring" }, live);
      const at = { x: cx + radius * view.scale * Math.cos(turn), y: cy - radius * view.scale * Math.sin(turn) };
      if (text) element("text", { ...at, "text-anchor": "start" }, live).textContent = text;
    };
    this.known.forEach((d, at) => {
      const turn = ((45 - 30 * (at % 4)) * Math.PI) / 180; // or the names of near rings would cover each other
      ring(perNm / d, 1.5, "7 4", `${significant(d)} ${unit}`, turn);
    });
    if (pointer) ring(Math.hypot(...view.place(...pointer)), 0.8, null, "");
  }
}

const TOOLS = {
  distance: ["Distance", Distance],
  profile: ["Profile", Profile],
  fft: ["FFT of a box", BoxFft],
  select: ["Select", Select],
  angle: ["Angle", SpotAngle],
  rings: ["Rings", Rings],
  mask: ["Mask", Masks],
};

function addTo(parent, name, kind, text = "") {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  parent.append(made);
  return made;
}

/** A number to type; gives the number it begins with. */
function numberField(panel, name, value, least, most, changed) {
  const label = addTo(panel, "label", "hv-field", name);
  const field = addTo(label, "input", "");
  Object.assign(field, { type: "number", min: least, max: most, value });
  field.addEventListener("keydown", (event) => event.stopPropagation());
  field.addEventListener("input", () => {
    const typed = Math.round(Number(field.value));
    if (typed >= least && typed <= most) changed(typed);
  });
  return value;
}
