/* What is drawn over the picture, as vectors: outlines, rings, circles, numbers. All text is text. */

const SVG = "http://www.w3.org/2000/svg";
const LETTER_PX = 8; // of a number beside a circle, with its edge
const DARK = 2; // how much wider the dark edge of a line is than the line

function element(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) made.setAttribute(attribute, value);
  parent?.append(made);
  return made;
}

/** Write a text: the minus above a digit as a line over it, which the page's font sets beside it. */
function write(node, text) {
  for (const [, above, plain] of text.matchAll(/([^])\u0305|((?:[^](?!\u0305))+)/g)) {
    element("tspan", above ? { "text-decoration": "overline" } : {}, node).textContent = above ?? plain;
  }
}

class Vectors {
  constructor(svg) {
    this.svg = svg;
    this.plane = element("g", {}, svg); // moves and grows with the picture, lines keep their width
    this.fixed = element("g", {}, svg); // moves only
    this.live = element("g", {}, svg); // what is being drawn
    this.placed = [];
    this.painted = [];
    this.labels = [];
    this.numbers = []; // beside circles
  }

  /** Draw what the server described; `paths` are outlines that came by themselves. */
  set(data, paths, looks) {
    this.plane.replaceChildren();
    this.fixed.replaceChildren();
    this.placed = [];
    this.numbers = [];
    this.painted = []; // what can look otherwise, and its elements
    for (const shape of data.shapes) this.addShape(shape, paths, looks);
    for (const ring of data.rings) this.addRing(ring);
    data.marks.forEach((mark, at) => this.addMark(mark, at));
    this.labels = data.labels.map(([row, col, text]) => this.addText(row, col, text, { "text-anchor": "middle" }));
    this.showLabels(looks);
  }

  /** Let what is drawn look as it does now. */
  repaint(looks) {
    for (const [shape, elements] of this.painted) paintShape(looks.of(shape), elements);
    this.showLabels(looks);
  }

  showLabels(looks) {
    for (const label of this.labels) label.style.display = looks.areLabelsShown ? "" : "none";
  }

  addShape(shape, paths, looks) {
    const d = shape.d ?? paths?.[shape.path] ?? "";
    const line = { d, fill: "none", "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" };
    const isPainted = shape.paint !== undefined && looks.paint;
    const elements = {};
    if (shape.fill || isPainted) elements.fill = element("path", { d, "fill-rule": "evenodd" }, this.plane);
    if (shape.edge || isPainted) elements.edge = element("path", { ...line, stroke: "#000" }, this.plane);
    if (shape.stroke) elements.line = element("path", line, this.plane);
    paintShape(looks.of(shape), elements);
    if (isPainted) this.painted.push([shape, elements]);
  }

  addRing(ring) {
    const circle = { cx: 0, cy: 0, r: ring.radius, fill: "none", "vector-effect": "non-scaling-stroke" };
    const dark = { stroke: "#000", "stroke-width": ring.width + 1.5, "stroke-opacity": 0.4 };
    element("circle", { ...circle, ...dark }, this.plane);
    element("circle", { ...circle, ...strokeOf(ring) }, this.plane);
    if (ring.text) {
      const turn = (ring.text_deg * Math.PI) / 180;
      const [up, right] = [ring.radius * Math.sin(turn), ring.radius * Math.cos(turn)];
      this.addText(-up, right, ring.text, { "text-anchor": "start", fill: ring.stroke });
    }
  }

  addMark(mark, at) {
    for (const place of mark.places) {
      const group = element("g", { class: "hv-mark", "data-at": at, "data-kind": mark.kind }, this.fixed);
      const lines = element("g", { fill: "none" }, group);
      drawMark(lines, mark);
      this.placed.push([group, place]);
      if (!mark.text_beside) continue;
      const number = element("text", { "font-size": "11px" }, group);
      write(number, mark.text_beside);
      this.numbers.push([number, place, mark.radius]);
    }
  }

  addText(row, col, text, attributes) {
    const made = element("text", { "dominant-baseline": "central", ...attributes }, this.fixed);
    made.textContent = text;
    this.placed.push([made, [row, col]]);
    return made;
  }

  /** Follow the view. */
  follow(view) {
    const x = view.left - view.frame.left * view.scale;
    const y = view.top - view.frame.top * view.scale;
    this.plane.setAttribute("transform", `matrix(${view.scale} 0 0 ${view.scale} ${x} ${y})`);
    for (const [node, [row, col]] of this.placed) {
      const [left, top] = view.spot(row, col);
      node.setAttribute("transform", `translate(${left} ${top})`);
    }
    for (const number of this.numbers) placeNumber(number, view);
  }
}

/** Put a number to the upper right of its circle, or to the left or below where the picture ends. */
function placeNumber([node, [row, col], radius], view) {
  const [x, y] = view.spot(row, col);
  const right = Math.min(view.size[0], view.left + view.frame.width * view.scale);
  const reach = radius + 3;
  const isLeft = x + reach + LETTER_PX * node.textContent.length > right;
  const isBelow = y - radius - LETTER_PX < Math.max(0, view.top);
  if (node.isLeft === isLeft && node.isBelow === isBelow) return;
  Object.assign(node, { isLeft, isBelow });
  node.setAttribute("text-anchor", isLeft ? "end" : "start");
  node.setAttribute("x", isLeft ? -reach : reach);
  node.setAttribute("y", isBelow ? radius + LETTER_PX : 2 - radius);
}

/** Give a shape's elements its looks; what it does not have is not drawn. */
function paintShape(shape, { fill, edge, line }) {
  setAll(fill, shape.fill && { fill: shape.fill, "fill-opacity": shape.fill_opacity });
  const dark = { "stroke-width": shape.width + DARK, "stroke-opacity": 0.55 * shape.opacity };
  setAll(edge, shape.edge && { ...dark, "stroke-dasharray": shape.dash || "none" });
  setAll(line, { ...strokeOf(shape), "stroke-dasharray": shape.dash || "none" });
}

function setAll(node, attributes) {
  if (!node) return;
  node.style.display = attributes ? "" : "none";
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
}

function strokeOf(line) {
  return {
    stroke: line.stroke,
    "stroke-width": line.width,
    "stroke-dasharray": line.dash,
    "stroke-opacity": line.opacity,
  };
}

function drawMark(group, mark) {
  const circle = (radius, stroke, width) =>
    element("circle", { r: radius, stroke, "stroke-width": width, "stroke-dasharray": mark.dash }, group);
  if (mark.width > 1) circle(mark.radius, "#000", mark.width + DARK);
  circle(mark.radius, mark.stroke, mark.width);
  if (mark.ring) circle(mark.radius + 5, "#fff", 2);
  if (mark.cross) {
    const reach = 0.7 * mark.radius;
    const d = `M${-reach},${-reach}L${reach},${reach}M${-reach},${reach}L${reach},${-reach}`;
    element("path", { d, stroke: "#000", "stroke-width": mark.width + DARK }, group);
    element("path", { d, stroke: mark.stroke, "stroke-width": mark.width }, group);
  }
}
