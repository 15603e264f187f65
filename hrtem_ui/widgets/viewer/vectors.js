/* What is drawn over the picture, as vectors: outlines, rings, circles, numbers. All text is text. */

const SVG = "http://www.w3.org/2000/svg";
const DARK = 2; // how much wider the dark edge of a line is than the line

function element(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) made.setAttribute(attribute, value);
  parent?.append(made);
  return made;
}

class Vectors {
  constructor(svg) {
    this.svg = svg;
    this.plane = element("g", {}, svg); // moves and grows with the picture, lines keep their width
    this.fixed = element("g", {}, svg); // moves only
    this.live = element("g", {}, svg); // what is being drawn
    this.placed = [];
  }

  /** Draw what the server described; `paths` are outlines that came by themselves. */
  set(data, paths) {
    this.plane.replaceChildren();
    this.fixed.replaceChildren();
    this.placed = [];
    for (const shape of data.shapes) this.addShape(shape, paths);
    for (const ring of data.rings) this.addRing(ring);
    data.marks.forEach((mark, at) => this.addMark(mark, at));
    for (const [row, col, text] of data.labels) this.addText(row, col, text, { "text-anchor": "middle" });
  }

  addShape(shape, paths) {
    const d = shape.d ?? paths?.[shape.path] ?? "";
    const line = { d, fill: "none", "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" };
    if (shape.fill) {
      const filled = { d, fill: shape.fill, "fill-opacity": shape.fill_opacity, "fill-rule": "evenodd" };
      element("path", filled, this.plane);
    }
    if (shape.edge) {
      const dark = { stroke: "#000", "stroke-width": shape.width + DARK, "stroke-opacity": 0.55 * shape.opacity };
      element("path", { ...line, ...dark, "stroke-dasharray": shape.dash }, this.plane);
    }
    if (shape.stroke) element("path", { ...line, ...strokeOf(shape) }, this.plane);
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
      if (mark.text_beside) {
        const beside = { x: mark.radius + 3, y: -mark.radius + 2, "font-size": "11px" };
        element("text", beside, group).textContent = mark.text_beside;
      }
      this.placed.push([group, place]);
    }
  }

  addText(row, col, text, attributes) {
    const made = element("text", { "dominant-baseline": "central", ...attributes }, this.fixed);
    made.textContent = text;
    this.placed.push([made, [row, col]]);
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
  }
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
