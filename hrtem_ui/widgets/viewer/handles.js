/* Areas that a person marked, with handles: corners to resize, a middle to move, a cross to delete. */

const HANDLE_PX = 10; // a pointer this near to a handle takes it
const ASIDE_PX = 16; // of the cross from its corner
const FAR_PX = 10; // of a key with Shift; without it a handle goes one pixel of the screen
const HANDLE_NAMES = { move: "its middle", delete: "its cross" };

class Handles {
  constructor(viewer) {
    this.viewer = viewer;
    this.held = null;
  }

  get areas() {
    return this.viewer.data.areas;
  }

  /** The corners as they are, or as they are being made. */
  corners(at) {
    return this.held?.at === at && this.held.corners ? this.held.corners : this.areas[at];
  }

  /** Every handle of an area: its kind and where it is on the stage. */
  *handles(at) {
    const { view } = this.viewer;
    const corners = this.corners(at);
    const spots = corners.map((place) => view.spot(...place));
    for (const [n, spot] of spots.entries()) yield { kind: "corner", at, n, spot };
    const middle = (axis) => spots.reduce((sum, spot) => sum + spot[axis], 0) / spots.length;
    yield { kind: "move", at, spot: [middle(0), middle(1)] };
    const [x, y] = spots.reduce((one, other) => (other[0] - other[1] > one[0] - one[1] ? other : one));
    const inside = (place, most) => Math.min(Math.max(place, 12), most - 12);
    yield { kind: "delete", at, spot: [inside(x + ASIDE_PX, view.size[0]), inside(y - ASIDE_PX, view.size[1])] };
  }

  /** The handle at (x, y) of the stage, if there is one. */
  find(x, y) {
    let best = null;
    this.areas.forEach((_, at) => {
      for (const handle of this.handles(at)) {
        const distance = Math.hypot(handle.spot[0] - x, handle.spot[1] - y);
        if (distance <= HANDLE_PX && (!best || distance < best.distance)) best = { ...handle, distance };
      }
    });
    return best;
  }

  /** Take the next handle by key; what it is and what can be done with it, in words. */
  take(by) {
    const all = this.areas.flatMap((_, at) => [...this.handles(at)]);
    if (!all.length) return "No area has handles here.";
    const before = this.held?.turn ?? this.turn ?? (by > 0 ? -1 : 0);
    this.turn = (before + by + all.length) % all.length;
    const handle = all[this.turn];
    this.begin(handle, this.viewer.view.place(...handle.spot));
    Object.assign(this.held, { turn: this.turn, by_key: handle.spot });
    const name = handle.kind === "corner" ? `corner ${handle.n + 1}` : HANDLE_NAMES[handle.kind];
    const then = handle.kind === "delete" ? "Enter deletes it." : "Arrow keys move it, Enter sets it.";
    return `Area ${handle.at + 1} of ${this.areas.length}, ${name}. ${then} Escape lets go.`;
  }

  get isTaken() {
    return Boolean(this.held?.by_key);
  }

  /** Move the handle that was taken by key. */
  nudge(dx, dy, far) {
    if (this.held.kind === "delete") return;
    const [x, y] = this.held.by_key;
    const step = far ? FAR_PX : 1;
    const place = this.viewer.view.inside(x + dx * step, y + dy * step);
    this.held.by_key = this.viewer.view.spot(...place);
    this.drag(place);
  }

  begin(handle, place) {
    this.held = { ...handle, start: place, before: this.areas[handle.at], corners: null };
  }

  drag([row, col]) {
    const { held } = this;
    if (held.kind === "move") held.corners = this.moved(row - held.start[0], col - held.start[1]);
    if (held.kind === "corner") held.corners = this.resized(row, col);
  }

  /** The area as a whole elsewhere, but inside the picture. */
  moved(down, across) {
    const { top, left, height, width } = this.viewer.view.frame;
    const kept = (by, axis, low, high) => {
      const all = this.held.before.map((place) => place[axis]);
      return Math.min(Math.max(by, low - Math.min(...all)), high - Math.max(...all));
    };
    const [rows, cols] = [kept(down, 0, top, top + height), kept(across, 1, left, left + width)];
    return this.held.before.map(([row, col]) => [row + rows, col + cols]);
  }

  /** One corner elsewhere; a rectangle stays one. */
  resized(row, col) {
    const { before, n } = this.held;
    const corners = before.map((place) => [...place]);
    const [oldRow, oldCol] = before[n];
    corners[n] = [row, col];
    if (!isUpright(before)) return corners;
    for (const [i, place] of before.entries()) {
      if (place[0] === oldRow) corners[i][0] = row;
      if (place[1] === oldCol) corners[i][1] = col;
    }
    return corners;
  }

  isHeld({ kind, at, n }) {
    const { held } = this;
    return this.isTaken && held.kind === kind && held.at === at && held.n === n;
  }

  end() {
    const { held } = this;
    this.held = null;
    if (held.kind === "delete") this.viewer.tell({ area: held.at, corners: null });
    else if (held.corners) this.viewer.tell({ area: held.at, corners: held.corners });
  }

  draw(live) {
    this.areas.forEach((_, at) => {
      const points = this.corners(at).map((place) => this.viewer.view.spot(...place).join()).join(" ");
      if (this.held?.at === at && this.held.corners) {
        const line = { points, fill: "#fff", "fill-opacity": 0.1, stroke: "#fff", "stroke-width": 2 };
        element("polygon", line, live);
      }
      for (const handle of this.handles(at)) drawHandle(live, handle, this.isHeld(handle));
    });
  }
}

/** Whether four corners are those of a rectangle along the rows and columns. */
function isUpright(corners) {
  const distinct = (axis) => new Set(corners.map((place) => place[axis])).size;
  return corners.length === 4 && distinct(0) === 2 && distinct(1) === 2;
}

function drawHandle(live, { kind, spot: [x, y] }, isHeld) {
  const group = element("g", { class: `hv-handle hv-${kind}`, transform: `translate(${x} ${y})` }, live);
  if (isHeld) element("circle", { r: 13, fill: "none", stroke: "#000", "stroke-width": 5 }, group);
  if (isHeld) element("circle", { r: 13, fill: "none", stroke: "#fff", "stroke-width": 2.5 }, group);
  const look = { fill: "#fff", stroke: "#000", "stroke-width": 1.5 };
  if (kind === "corner") element("rect", { x: -5, y: -5, width: 10, height: 10, ...look }, group);
  else element("circle", { r: 8, ...look }, group);
  const line = { stroke: "#000", "stroke-width": 1.8, fill: "none" };
  if (kind === "delete") element("path", { d: "M-3.5,-3.5L3.5,3.5M-3.5,3.5L3.5,-3.5", ...line }, group);
  if (kind === "move") element("path", { d: "M-5,0H5M0,-5V5", ...line }, group);
}
