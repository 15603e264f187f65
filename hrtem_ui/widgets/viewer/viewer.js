/* A picture one can touch: zoom, pan, numbers under the pointer, clicks and boxes in its own coordinates.

   The function at the end runs again at every answer of the server, on the same element: so the viewer is
   kept on it, and with it what part of the picture is looked at. It is called by mount.js, the little that
   every answer carries; this script travels once. */

const SNAP_PX = 14; // a pointer this near to something means it
const DRAG_PX = 4; // a pointer that moved less did not move
const LEAST_HEIGHT_PX = 280;
const BELOW_PX = 14; // between what is told and the window's edge
const MOST_BELOW = 0.25; // of the window's height, for what is told and for the legend: more of it is scrolled to
const FAR_DOWN = 0.6; // of the window's height: what begins below is scrolled to before it is looked at
const SCROLLED_TOP_PX = 150; // what is above such a stage then: the page's header, the stage's tools
const NARROW_PX = 560; // below this what is told may need another line
const PANEL_PX = [250, 176]; // width of a panel beside a picture, and of one where that is narrow
const PANEL_GAP_PX = 8;
const STEP = 1.25; // of a key or a button that zooms
const SAID_MS = 2000; // for which a button says what it has done
const RESTS_MS = 150; // a pointer this long on a spot wants to see it from close by
const OVERLAYS = [1, 0.35, 0]; // opacities of what is drawn over the picture, in turn
const BY_KEY_PX = 10; // by which a key moves the pointer
const KEPT = new Map(); // what was looked at last, for when a page is come back to

const BUTTONS = [
  ["+", "Zoom in (+)", (viewer) => viewer.zoomBy(STEP)],
  ["−", "Zoom out (−)", (viewer) => viewer.zoomBy(1 / STEP)],
  ["Fit", "The whole picture (0)", (viewer) => viewer.fit()],
  ["1:1", "One pixel of the image for one of the screen (1)", (viewer) => viewer.trueSize()],
  ["Overlay", "What is drawn over the picture: whole, faint, hidden (o)", (viewer) => viewer.fade()],
  ["Copy", "Copy the picture as it is seen (c)", (viewer) => viewer.copy()],
];

class Viewer {
  constructor(parent) {
    this.view = new View();
    this.picture = new Picture();
    this.build(parent);
    this.vectors = new Vectors(this.svg);
    this.handles = new Handles(this);
    this.looks = new Looks(this);
    this.pointer = null; // where it is on the stage
    this.hovered = null;
    this.listen(parent);
  }

  build(parent) {
    const made = (name, kind, inside) => {
      const node = document.createElement(name);
      node.className = kind;
      inside.append(node);
      return node;
    };
    this.root = made("div", "hv", parent);
    this.looksRow = made("div", "hv-looks", this.root);
    this.head = made("div", "hv-head", this.root);
    this.toolRow = made("div", "hv-buttons", this.head);
    this.toolRow.setAttribute("role", "toolbar");
    this.toolRow.setAttribute("aria-label", "Tools on the picture");
    this.buttons = made("div", "hv-buttons", this.head);
    const frame = made("div", "hv-frame", this.root);
    this.stage = made("div", "hv-stage", frame);
    this.panel = made("div", "hv-panel", frame);
    this.panel.hidden = true;
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.canvas = made("canvas", "hv-picture", this.stage);
    this.svg = element("svg", { class: "hv-vectors", "aria-hidden": "true" });
    this.stage.append(this.svg);
    this.bar = made("div", "hv-bar", this.stage);
    this.barText = made("span", "", this.bar);
    this.closeUp = made("div", "hv-closeup", this.stage);
    this.closeUp.hidden = true;
    this.below = made("div", "hv-below", this.root);
    this.readout = made("div", "hv-readout", this.below);
    this.lines = [made("div", "", this.readout), made("div", "", this.readout)];
    this.legend = made("div", "hv-legend", this.below);
    this.said = made("div", "hv-hidden", this.root);
    this.said.setAttribute("aria-live", "polite");
    for (const [text, title, act] of BUTTONS) this.addButton(text, title, () => act(this));
  }

  addButton(text, title, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "hv-button";
    button.textContent = text;
    button.title = title;
    button.setAttribute("aria-label", title);
    button.addEventListener("click", act);
    this.buttons.append(button);
    return button;
  }

  listen(parent) {
    const stage = this.stage;
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const on = (target, name, act, more = {}) => target.addEventListener(name, act, { signal, ...more });
    on(stage, "wheel", (event) => this.onWheel(event), { passive: false });
    on(stage, "pointerdown", (event) => this.onDown(event));
    on(stage, "mousedown", (event) => (this.pressesInRow = event.detail));
    on(stage, "pointermove", (event) => this.onMove(event));
    on(stage, "pointerup", (event) => this.onUp(event));
    on(stage, "pointercancel", () => this.drop());
    on(stage, "pointerleave", () => this.onLeave());
    on(stage, "auxclick", (event) => event.preventDefault());
    on(stage, "keydown", (event) => this.onKey(event));
    on(stage, "blur", () => this.onBlur());
    on(window, "hrtem-layer", () => this.takeLayers());
    on(window, "hrtem-layer", () => this.showCloseUp());
    on(window, "resize", () => this.resize());
    on(window, "pointerdown", (event) => this.looks.pressed(event.target), { capture: true });
    this.watching = new ResizeObserver(() => this.resize());
    this.watching.observe(parent);
  }

  /** Hear of the size of all that stands above: it may come late, and move the stage.

      The page's own height would not tell: it stays when something else grows as much at the same time. */
  watchAbove() {
    const page = this.root.closest('[data-testid="stMainBlockContainer"]');
    for (let node = this.root; page && node !== page; node = node.parentElement) {
      this.watching.observe(node.parentElement);
      for (let one = node.previousElementSibling; one; one = one.previousElementSibling) this.watching.observe(one);
    }
  }

  leave() {
    this.leaving.abort();
    this.watching.disconnect();
  }

  /** Show what the server says now. */
  update(args) {
    this.args = args;
    const before = this.data;
    this.data = args.data;
    const { data, stage } = this;
    stage.dataset.act = this.tool ? "click" : data.act;
    stage.setAttribute("aria-label", data.label);
    const isPlain = !["shapes", "rings", "marks", "labels"].some((kind) => data[kind].length);
    this.buttons.lastElementChild.previousElementSibling.hidden = isPlain;
    this.bar.dataset.right = data.bar?.right ?? false;
    if (!before) this.recall();
    this.looks.take(data.looks);
    this.watchAbove();
    this.drawnPaths = undefined; // the vectors are drawn anew
    this.showTools(before);
    this.resize();
    this.takeLayers(); // draws
    this.showReadout();
  }

  showTools(before) {
    const { tools, tools_wait: wait, subject } = this.data;
    const looks = `${tools} ${wait}`;
    if (before && before.subject !== subject) this.setTool(null);
    if (this.tool && (wait || !tools.includes(this.tool.name))) this.setTool(null);
    if (looks === this.toolLooks) return;
    this.toolLooks = looks;
    this.toolRow.replaceChildren();
    for (const name of tools) {
      const button = addTo(this.toolRow, "button", "hv-button", TOOLS[name][0]);
      Object.assign(button, { type: "button", disabled: wait });
      button.dataset.tool = name;
      button.setAttribute("aria-pressed", this.tool?.name === name);
      button.addEventListener("click", () => this.setTool(this.tool?.name === name ? null : name));
    }
  }

  /** Take a tool, or put it away. */
  setTool(name) {
    this.tool = name ? new TOOLS[name][1](this) : null;
    if (this.tool) this.tool.name = name;
    for (const button of this.toolRow.children) {
      button.setAttribute("aria-pressed", button.dataset.tool === name);
    }
    this.panel.replaceChildren();
    this.panel.hidden = !name;
    if (this.tool) this.tool.fill(this.panel);
    this.resize();
    if (this.tool) this.wantPixels(true);
    this.draw();
  }

  /** Where a place is in pixels of the image, from its outer corner; and back. */
  pixelAt([row, col]) {
    const [rows, cols] = this.picture.pixels.head.shape;
    const { top, left, height, width } = this.view.frame;
    return [((row - top) / height) * rows, ((col - left) / width) * cols];
  }

  placeOf([row, col]) {
    const [rows, cols] = this.picture.pixels.head.shape;
    const { top, left, height, width } = this.view.frame;
    return [top + (row / rows) * height, left + (col / cols) * width];
  }

  /** Look at what was looked at when this page was last left, if it is the same picture. */
  recall() {
    const kept = KEPT.get(this.data.name);
    if (kept && kept.subject === this.data.subject) Object.assign(this.view, kept.view);
  }

  get frame() {
    const [top, left, height, width] = this.data.frame;
    return { top, left, height, width };
  }

  /** Fill the column, as high as the window lets the whole picture be seen. */
  resize() {
    if (!this.data) return;
    const width = this.root.clientWidth;
    if (!width) return;
    const frame = this.frame;
    this.root.dataset.narrow = width < NARROW_PX;
    const isBeside = Boolean(this.tool?.isLarge);
    const beside = PANEL_PX[Number(width < NARROW_PX)];
    this.panel.dataset.place = isBeside ? "beside" : "below";
    this.panel.style.width = isBeside ? `${beside}px` : "";
    this.view.makeRoom(isBeside ? beside + 2 * PANEL_GAP_PX : 0);
    const most = Math.max(LEAST_HEIGHT_PX, this.room());
    const height = Math.round(Math.min((width * frame.height) / frame.width, most));
    const sizes = [width, height, window.devicePixelRatio, ...this.data.frame, this.data.pixel_scale].join();
    if (sizes === this.sizes) return;
    this.sizes = sizes;
    this.stage.style.height = `${height}px`;
    this.density = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(width * this.density);
    this.canvas.height = Math.round(height * this.density);
    this.view.set(frame, [width, height], this.data.pixel_scale);
    this.draw();
  }

  /** Height between the stage's upper edge and the window's lower one, as it is before any scrolling.

      A stage that is scrolled to has all the height below the page's header. */
  room() {
    const main = this.root.closest('[data-testid="stMain"]');
    const scrolled = main?.scrollTop ?? 0;
    if (scrolled < 2 || this.topOfStage === undefined) {
      this.topOfStage = this.stage.getBoundingClientRect().top + scrolled;
    }
    const top = this.topOfStage > FAR_DOWN * window.innerHeight ? SCROLLED_TOP_PX : this.topOfStage;
    const panel = this.panel.dataset.place === "beside" ? 0 : this.panel.offsetHeight;
    const below = Math.min(this.below.offsetHeight, MOST_BELOW * window.innerHeight);
    return window.innerHeight - top - panel - below - BELOW_PX;
  }

  async takeLayers() {
    const { data } = this;
    if (!data) return;
    const before = this.picture.pixels;
    this.picture.takePixels(data.pixels?.key, data.levels);
    if (this.picture.pixels !== before) this.tool?.tell?.();
    const paths = this.pathsLayer();
    if (this.drawnPaths !== paths) {
      this.vectors.set(data, paths, this.looks);
      this.drawnPaths = paths;
      this.shapes = null;
    }
    this.repaint();
    this.mark();
    await this.picture.take(data.base, data.tint, () => {
      this.repaint();
      this.mark();
    });
  }

  /** What is seen looks otherwise; nobody else is asked. */
  repaint() {
    this.vectors.repaint(this.looks);
    if (this.looks.paint) this.picture.colour(this.looks.paint.colours);
    this.draw();
  }

  pathsLayer() {
    if (!this.data.paths) return null;
    const layer = window.hrtemLayers?.get(this.data.paths);
    if (!layer) return undefined;
    layer.paths ??= JSON.parse(new TextDecoder().decode(layer.body));
    return layer.paths;
  }

  /** Tell the page, and tests, what is to be seen. */
  mark() {
    const { base, tint } = this.data;
    const there = this.picture.name === nameOf(base, tint) && this.drawnPaths !== undefined;
    this.root.dataset.ready = there;
    this.root.dataset.shown = there ? `${this.data.base} ${this.data.drawn}` : "";
  }

  draw() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.drawNow();
    });
  }

  drawNow() {
    if (!this.view.frame) return;
    this.wantPixels();
    this.picture.draw(this.canvas.getContext("2d"), this.view, this.density);
    this.vectors.follow(this.view);
    this.drawBar();
    if (this.pointer) this.showReadout();
    this.drawHover();
    KEPT.set(this.data.name, { subject: this.data.subject, view: { ...this.view } });
    this.root.dataset.scale = this.view.scale.toPrecision(6);
    const sides = [this.view.frame.width, this.view.frame.height].map((side) => side * this.view.scale);
    this.root.dataset.picture = [this.view.left, this.view.top, ...sides].map((v) => v.toFixed(2)).join(" ");
    this.root.dataset.detail = Boolean(this.picture.pixels);
    this.stage.style.touchAction = this.view.fitted && this.data.act !== "box" ? "pan-y" : "none";
  }

  /** Ask for all pixels, once, when they are to be seen. */
  wantPixels(always = false) {
    const key = this.data.pixels?.key;
    if (!key || this.picture.pixels || window.hrtemLayers?.has(key)) return;
    if (!always && !this.picture.isEnlarged(this.view, this.density)) return;
    if (this.wanted === key && performance.now() - this.wantedAt < 8000) return;
    if (!window.hrtemAsking?.has(key)) return;
    [this.wanted, this.wantedAt] = [key, performance.now()];
    askInTurn(key);
  }

  drawBar() {
    const { bar } = this.data;
    this.bar.hidden = !bar;
    if (!bar) return;
    const shown = Math.min(this.view.size[0], this.view.frame.width * this.view.scale);
    const perPx = bar.per_unit / this.view.scale;
    const length = niceLength(0.25 * shown * perPx);
    this.bar.style.width = `${length / perPx}px`;
    this.barText.textContent = lengthText(length, bar.unit);
    const inset = Math.max(0, this.view.left) + 14;
    this.bar.style.left = bar.right ? "auto" : `${inset}px`;
    this.bar.style.right = bar.right ? `${inset}px` : "auto";
    this.bar.style.bottom = `${Math.max(0, this.view.top) + 14}px`;
  }

  // Zoom and pan

  zoomBy(factor, x, y) {
    this.view.zoom(this.view.scale * factor, x, y);
    this.draw();
  }

  fit() {
    this.view.fit();
    this.draw();
  }

  trueSize() {
    const [x, y] = this.pointer ?? [this.view.size[0] / 2, this.view.size[1] / 2];
    this.view.zoom(this.data.pixel_scale, x, y);
    this.draw();
  }

  /** Another opacity of what is drawn over the picture; nobody else is asked. */
  fade() {
    this.overlay = ((this.overlay ?? 0) + 1) % OVERLAYS.length;
    for (const group of [this.vectors.plane, this.vectors.fixed]) group.setAttribute("opacity", OVERLAYS[this.overlay]);
    this.said.textContent = `Overlay ${["whole", "faint", "hidden"][this.overlay]}.`;
    this.draw();
  }

  async copy() {
    const button = this.buttons.lastElementChild;
    this.said.textContent = button.textContent = await copyPicture(this);
    setTimeout(() => (button.textContent = "Copy"), SAID_MS);
  }

  onWheel(event) {
    const down = event.deltaY * (event.deltaMode === 1 ? 32 : 1);
    if (down > 0 && this.view.fitted) return; // nothing to zoom out of: the page scrolls
    event.preventDefault();
    const [x, y] = this.at(event);
    this.zoomBy(Math.exp(-Math.max(-400, Math.min(400, down)) * 0.0016), x, y);
  }

  // The pointer

  /** Where an event is on the stage. Presses and wheels tell whole pixels, moves before them fractions. */
  at(event) {
    const box = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const known = event.type === "pointermove" ? null : this.pointer;
    return known && Math.abs(known[0] - x) <= 1 && Math.abs(known[1] - y) <= 1 ? known : [x, y];
  }

  onDown(event) {
    if (this.press?.byKeys) this.drop();
    if (event.button > 1 || this.press) return;
    this.isByKeys = false;
    this.pressesInRow = 1; // until a mouse says more: a touch never does
    if (event.button === 1) event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    const [x, y] = this.at(event);
    const handle = event.button === 0 ? this.handles.find(x, y) : null;
    if (handle) {
      this.handles.begin(handle, this.view.inside(x, y));
      this.press = { x, y, at: [x, y], button: 0, isHandle: true, moved: false };
      return;
    }
    const isBox = event.button === 0 && this.data.act === "box";
    const draws = event.button === 0 && Boolean(this.tool?.draws);
    this.press = { x, y, at: [x, y], button: event.button, isBox, draws, moved: false };
    if (isBox) this.press.start = this.view.inside(x, y);
    if (draws) this.tool.begin(this.view.inside(x, y));
  }

  onMove(event) {
    this.pointer = this.at(event);
    this.isByKeys = false;
    this.follow();
  }

  /** The pointer is somewhere else: what is being drawn follows, or the tool does. */
  follow() {
    const { press } = this;
    if (press) this.drag(press, ...this.pointer);
    else if (this.tool) this.tool.hover(this.view.inside(...this.pointer));
    this.draw();
  }

  drag(press, x, y) {
    press.moved ||= Math.hypot(x - press.x, y - press.y) >= DRAG_PX;
    if (!press.moved) return;
    if (press.isHandle) this.handles.drag(this.view.inside(x, y));
    else if (press.isBox) press.end = this.view.inside(x, y);
    else if (press.draws) this.tool?.drag(this.view.inside(x, y));
    else {
      this.stage.dataset.moving = "";
      this.view.move(x - press.at[0], y - press.at[1]);
      this.view.fitted = this.view.scale <= this.view.fitScale * 1.0001;
    }
    press.at = [x, y];
  }

  onUp(event) {
    const { press } = this;
    if (!press) return;
    this.end(press, this.at(event), event.shiftKey);
  }

  /** What was begun with a button of the mouse, or by key, ends at (x, y). */
  end(press, [x, y], selects) {
    this.drag(press, x, y);
    if (press.isHandle) this.handles.end();
    this.drop();
    if (press.isHandle) return;
    if (press.draws) this.tool?.end();
    else if (press.isBox && press.end) this.tellBox(press.start, press.end);
    else if (!press.moved && press.button === 0) this.click(x, y, selects);
    this.draw();
  }

  drop() {
    this.press = null;
    this.handles.held = null;
    delete this.stage.dataset.moving;
    this.draw();
  }

  onLeave() {
    if (this.press || this.isByKeys) return;
    this.pointer = null;
    this.showReadout();
    this.draw();
  }

  onBlur() {
    if (this.handles.isTaken || this.press?.byKeys) this.drop();
    if (!this.isByKeys) return;
    this.isByKeys = false;
    this.onLeave();
  }

  click(x, y, selects = false) {
    const place = this.view.meant(x, y);
    if (this.tool) {
      if (place) this.tool.begin(place);
      this.draw();
      return;
    }
    if (this.data.act !== "click") return;
    if (this.pressesInRow > 1) return; // a double click's second, as the system tells them
    if (place) this.tell({ row: place[0], col: place[1], selects });
  }

  tell(event) {
    const told = { ...event, per_px: 1 / this.view.scale, unix_time: Date.now() };
    tellInTurn(() => this.args.setTriggerValue("pointed", told));
  }

  tellBox([row0, col0], [row1, col1]) {
    this.tell({ row0, col0, row1, col1 });
  }

  // Under the pointer

  /** The mark that a place means: those that stand first, then the nearest. */
  markAt(x, y) {
    let found = null;
    this.data.marks.forEach((mark, at) => {
      for (const place of mark.places) {
        const [left, top] = this.view.spot(...place);
        const distance = Math.hypot(left - x, top - y);
        if (distance > SNAP_PX) continue;
        const better = !found || (mark.stands && !found.mark.stands) || distance < found.distance;
        if (better && !(found?.mark.stands && !mark.stands)) found = { mark, at, distance };
      }
    });
    return found;
  }

  /** The shapes that tell something and hold a place, the smallest first. */
  shapesAt(row, col) {
    this.shapes ??= this.tellingShapes();
    const context = this.canvas.getContext("2d");
    const inside = ({ path, box }) => {
      if (row < box[0] || col < box[1] || row > box[2] || col > box[3]) return false;
      context.setTransform(1, 0, 0, 1, 0, 0);
      return context.isPointInPath(path, col, row, "evenodd");
    };
    return this.shapes.filter(inside);
  }

  tellingShapes() {
    const telling = this.data.shapes.filter((shape) => shape.text && shape.box);
    const made = telling.map((shape) => {
      const d = shape.d ?? this.drawnPaths?.[shape.path] ?? "";
      return { shape, path: new Path2D(d), box: shape.box };
    });
    const size = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
    return made.sort((one, other) => size(one) - size(other));
  }

  showReadout() {
    const [first, second] = this.lines;
    if (!this.pointer || !this.view.frame) {
      first.textContent = this.data.hint;
      second.textContent = "";
      this.hovered = null;
      this.lookCloser(null);
      return;
    }
    const [x, y] = this.pointer;
    const [row, col] = this.view.place(x, y);
    const found = this.markAt(x, y);
    this.hovered = found ? found.at : null;
    this.lookCloser(found?.mark);
    if (!this.view.holds(row, col)) {
      first.textContent = second.textContent = "";
      return;
    }
    const grey = this.picture.value(row, col, this.view.frame, this.data.levels);
    first.textContent = held(readoutText(this.data.readout, row, col, grey));
    second.textContent = found ? found.mark.text : this.shapeText(row, col);
    second.title = second.textContent;
  }

  /** Show the close-up of the mark that the pointer rests on; it is asked for when it is first wanted. */
  lookCloser(mark) {
    const { close_ups: key } = this.data;
    const name = key && mark?.close_up && !this.press ? `${key} ${mark.close_up}` : "";
    if (name === this.closer) return;
    this.closer = name;
    this.showCloseUp();
    clearTimeout(this.resting);
    if (!name) return;
    this.resting = setTimeout(() => {
      const isThere = window.hrtemCloseUps?.has(name);
      if (this.closer === name && !isThere) askInTurn(key, mark.close_up);
    }, RESTS_MS);
  }

  showCloseUp() {
    const layer = this.closer && window.hrtemCloseUps?.get(this.closer);
    this.closeUp.hidden = !layer;
    this.closeUp.replaceChildren();
    if (!layer || !this.pointer) return;
    layer.url ??= URL.createObjectURL(new Blob([layer.body]));
    const image = Object.assign(document.createElement("img"), { src: layer.url, alt: "From close by" });
    this.closeUp.replaceChildren(image);
    this.closeUp.dataset.side = this.pointer[0] > this.view.size[0] / 2 ? "left" : "right";
    this.closeUp.dataset.up = this.pointer[1] > this.view.size[1] / 2;
  }

  shapeText(row, col) {
    const here = this.shapesAt(row, col);
    if (!here.length) return "";
    const more = here.length > 1 ? ` (and ${here.length - 1} more here)` : "";
    return here[0].shape.text + more;
  }

  drawHover() {
    const { live } = this.vectors;
    live.replaceChildren();
    const mark = this.data.marks[this.hovered ?? -1];
    for (const place of mark?.places ?? []) {
      const [x, y] = this.view.spot(...place);
      const ring = { cx: x, cy: y, r: mark.radius + 3, fill: "none" };
      element("circle", { ...ring, stroke: "#000", "stroke-width": 4, "stroke-opacity": 0.6 }, live);
      element("circle", { ...ring, stroke: "#fff", "stroke-width": 2, class: "hv-hover" }, live);
    }
    this.tool?.draw(live);
    this.handles.draw(live);
    if (this.isByKeys && this.pointer) this.drawPointer(live);
    const { press } = this;
    if (press?.isBox && press.end) this.drawBox(live, press.start, press.end);
  }

  /** A cross where keys have moved the pointer to. */
  drawPointer(live) {
    const [x, y] = this.pointer;
    const d = `M${x - 12},${y}h24M${x},${y - 12}v24`;
    element("path", { d, stroke: "#000", "stroke-width": 4, "stroke-opacity": 0.6 }, live);
    element("path", { d, stroke: "#fff", "stroke-width": 1.5, class: "hv-pointer" }, live);
  }

  drawBox(live, start, end) {
    const [x0, y0] = this.view.spot(...start);
    const [x1, y1] = this.view.spot(...end);
    const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
    element("rect", { ...box, fill: "#fff", "fill-opacity": 0.12, stroke: "#000", "stroke-width": 4 }, live);
    element("rect", { ...box, fill: "none", stroke: "#fff", "stroke-width": 2, class: "hv-box" }, live);
  }

  // Keys

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.keys()[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
    act(event);
  }

  keys() {
    const step = (dx, dy) => (event) => {
      if (this.handles.isTaken) this.handles.nudge(-dx, -dy, event.shiftKey);
      else if (event.shiftKey) this.movePointer(-dx, -dy);
      else this.view.move(dx * 0.15 * this.view.size[0], dy * 0.15 * this.view.size[1]);
      this.draw();
    };
    const own = Object.entries(this.data.keys).map(([key, name]) => [key, () => pressButton(name)]);
    return {
      "+": () => this.zoomBy(STEP),
      "=": () => this.zoomBy(STEP),
      "-": () => this.zoomBy(1 / STEP),
      0: () => this.fit(),
      1: () => this.trueSize(),
      ArrowLeft: step(1, 0),
      ArrowRight: step(-1, 0),
      ArrowUp: step(0, 1),
      ArrowDown: step(0, -1),
      n: () => this.next(1),
      p: () => this.next(-1),
      h: () => this.takeHandle(1),
      H: () => this.takeHandle(-1),
      c: () => this.copy(),
      o: () => this.fade(),
      Enter: (event) => (this.handles.isTaken ? this.setHandle() : this.enter(event.shiftKey)),
      Escape: () => (this.press || this.handles.isTaken ? this.drop() : this.setTool(null)),
      ...Object.fromEntries(own),
      ...this.tool?.keys,
    };
  }

  /** Move the pointer without a mouse; it begins in the middle. */
  movePointer(dx, dy) {
    const [width, height] = this.view.size;
    const [x, y] = this.pointer ?? [width / 2, height / 2];
    const within = (at, side) => Math.min(Math.max(at, 0), side);
    this.pointer = [within(x + BY_KEY_PX * dx, width), within(y + BY_KEY_PX * dy, height)];
    this.isByKeys = true;
    this.follow();
  }

  /** A click where the pointer is; where one drags, the first begins and the second ends. */
  enter(selects) {
    if (!this.pointer) {
      this.movePointer(0, 0); // to be seen before it does anything
      return;
    }
    if (this.press?.byKeys) {
      this.end(this.press, this.pointer, selects);
      this.said.textContent = "Ended.";
      return;
    }
    const [isBox, draws] = [this.data.act === "box", Boolean(this.tool?.draws)];
    if (!isBox && !draws) {
      this.clickHere(selects);
      return;
    }
    const [x, y] = this.pointer;
    const start = this.view.inside(x, y);
    this.press = { x, y, at: [x, y], button: 0, isBox, draws, start, moved: true, byKeys: true };
    if (draws) this.tool.begin(start);
    this.said.textContent = "Begun. Shift and arrow keys draw, Enter ends, Escape gives up.";
  }

  /** Take the next handle of the areas by key, and say which it is. */
  takeHandle(by) {
    this.said.textContent = this.handles.take(by);
    this.draw();
  }

  /** Leave the handle that was taken by key where it is now. */
  setHandle() {
    this.handles.end();
    this.said.textContent = "Set.";
    this.draw();
  }

  /** Point at the next thing there is, and say what it is. */
  next(by) {
    const items = this.items();
    if (!items.length) return;
    const at = this.item === undefined ? (by > 0 ? 0 : items.length - 1) : this.item + by;
    this.item = (at + items.length) % items.length;
    const { place, text } = items[this.item];
    this.view.reveal(...place);
    this.pointer = this.view.spot(...place);
    this.isByKeys = true;
    this.follow();
    this.said.textContent = text;
    this.draw();
  }

  items() {
    const marks = this.data.marks.filter((mark) => mark.stands);
    if (marks.length) return marks.map((mark) => ({ place: mark.places[0], text: mark.text }));
    const shapes = this.data.shapes.filter((shape) => shape.at);
    return shapes.map((shape) => ({ place: shape.at, text: shape.text }));
  }

  clickHere(selects) {
    this.pressesInRow = 1;
    this.click(...this.pointer, selects);
  }
}

/** Press a button of the page by the name it has there. */
function pressButton(name) {
  document.querySelector(`.st-key-${CSS.escape(name)} button:not(:disabled)`)?.click();
}

window.hrtemShow = (args) => {
  const { parentElement } = args;
  parentElement.hrtemViewer ??= new Viewer(parentElement);
  const viewer = parentElement.hrtemViewer;
  viewer.update(args);
  return () => {
    viewer.leave();
    viewer.root.remove();
    delete parentElement.hrtemViewer;
  };
};
window.dispatchEvent(new Event("hrtem-code"));

export default function () {}
