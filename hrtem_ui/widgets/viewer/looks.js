/* How the picture and what is drawn over it look: set here, and seen at once. The server hears of it by and by. */

const LEGEND_WHEEL_PX = 150;

class Looks {
  constructor(viewer) {
    this.viewer = viewer;
    this.values = null;
    this.setAt = 0; // when something was set here last
  }

  /** Take what the server says, unless it has not yet heard of what was set here. */
  take(told) {
    this.told = told;
    this.values = told && (this.values && told.at < this.setAt ? this.values : { ...told.values });
    const { looksRow: row, legend } = this.viewer;
    legend.hidden = !told;
    if (this.menu) this.menu.parentElement.hidden = !told;
    if (!told) row.hidden = true;
    if (!told) return;
    const offers = JSON.stringify(told.controls);
    if (offers !== this.offers) this.build(row);
    this.offers = offers;
    row.hidden = !row.children.length;
    this.sync();
    this.showLegend();
  }

  get paint() {
    return this.told?.paints[this.values.colouring];
  }

  get areLabelsShown() {
    return !this.told || Boolean(this.values.labels);
  }

  /** A shape as it looks now. */
  of(shape) {
    const { paint } = this;
    if (shape.paint === undefined || !paint) return shape;
    const own = { ...shape, stroke: paint.colours[shape.paint], dash: paint.dashes[shape.paint] };
    if (shape.steady) return own;
    const opacity = this.values.opacity * this.told.shares[this.values.drawn];
    const isFilled = this.values.drawn === "fills";
    return { ...own, opacity, fill: isFilled ? own.stroke : "", fill_opacity: opacity, edge: !isFilled };
  }

  /** Something was set: it is seen at once, and told, if that is the end of it. */
  set(control, value, isEnd = true) {
    this.values[control.name] = value;
    this.setAt = Date.now();
    this.sync();
    this.viewer.repaint();
    if (control.name === "colouring") this.showLegend();
    if (!isEnd) return;
    const chosen = { ...this.values, at: this.setAt };
    tellInTurn(() => {
      if (control.asks) this.viewer.args.setTriggerValue("chosen", chosen);
      else window.hrtemLooking?.get(this.viewer.data.name)?.(chosen);
    });
  }

  build(row) {
    row.replaceChildren();
    this.inputs = [];
    this.menu?.parentElement.remove();
    this.menu = null;
    for (const control of this.told.controls) {
      const inside = control.in_menu ? (this.menu ??= this.addMenu(row)) : row;
      const field = addTo(inside, "div", "hv-look");
      const add = { radio: "addRadio", select: "addSelect", range: "addRange", switch: "addSwitch" }[control.kind];
      this[add](field, control);
    }
    const isAlone = this.told.controls.every((control) => control.in_menu); // it needs no row of its own
    if (this.menu) (isAlone ? this.viewer.head : row).append(this.menu.parentElement); // it stands last
  }

  addMenu(row) {
    const menu = addTo(row, "div", "hv-menu");
    this.opener = addTo(menu, "button", "hv-button", "View");
    this.opener.type = "button";
    const list = addTo(menu, "div", "hv-menu-list");
    this.open = (isOpen) => {
      list.hidden = !isOpen;
      this.opener.setAttribute("aria-expanded", isOpen);
    };
    this.open(false);
    this.opener.addEventListener("click", () => this.open(list.hidden));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.open(false);
      this.opener.focus();
    });
    return list;
  }

  /** A press of the mouse somewhere closes the menu, if that is elsewhere. */
  pressed(target) {
    if (this.menu && !this.menu.parentElement.contains(target)) this.open(false);
  }

  addRadio(field, control) {
    field.setAttribute("role", "radiogroup");
    field.setAttribute("aria-label", control.label);
    addTo(field, "span", "hv-look-name", control.label);
    const group = `${this.viewer.data.name}-${control.name}`;
    const all = addTo(field, "span", "hv-segments");
    for (const [value, text] of control.options) {
      const label = addTo(all, "label", "hv-segment");
      const input = addTo(label, "input", "");
      Object.assign(input, { type: "radio", name: group });
      addTo(label, "span", "", text);
      input.addEventListener("change", () => this.set(control, value));
      this.inputs.push(() => (input.checked = this.values[control.name] === value));
    }
  }

  addSelect(field, control) {
    const select = addTo(field, "select", "");
    select.setAttribute("aria-label", control.label);
    for (const [value, text] of control.options) addTo(select, "option", "", text).value = value;
    select.addEventListener("change", () => this.set(control, select.value));
    this.inputs.push(() => (select.value = this.values[control.name]));
  }

  addRange(field, control) {
    const label = addTo(field, "label", "hv-look-name", control.label);
    const input = addTo(label, "input", "");
    const { low: min, high: max, step, usual } = control;
    Object.assign(input, { type: "range", min, max, step });
    const number = addTo(field, "span", "hv-look-number");
    const reset = addTo(field, "button", "hv-button", "↺");
    const shown = (share) => `${Math.round(100 * share)} %`;
    const about = `Reset ${control.label.toLowerCase()} to ${shown(usual)}`;
    Object.assign(reset, { type: "button", title: about });
    reset.setAttribute("aria-label", about);
    input.addEventListener("input", () => this.set(control, Number(input.value), false));
    input.addEventListener("change", () => this.set(control, Number(input.value)));
    reset.addEventListener("click", () => {
      this.set(control, usual);
      input.focus(); // the button goes
    });
    this.inputs.push(() => {
      const value = this.values[control.name];
      input.value = value;
      number.textContent = shown(value);
      input.setAttribute("aria-valuetext", number.textContent);
      reset.style.visibility = value === usual ? "hidden" : "";
    });
  }

  addSwitch(field, control) {
    const label = addTo(field, "label", "hv-look-name");
    const input = addTo(label, "input", "");
    input.type = "checkbox";
    label.append(` ${control.label}`);
    input.addEventListener("change", () => this.set(control, input.checked));
    this.inputs.push(() => (input.checked = this.values[control.name]));
  }

  /** Let all controls show what holds. */
  sync() {
    for (const show of this.inputs) show();
  }

  /** What the colours mean. Every colouring keeps its room, so that the picture stays as it is with another one. */
  showLegend() {
    const { legend } = this.viewer;
    const means = Object.entries(this.told.paints).map(([name, paint]) => [name, paint.legend]);
    const looks = JSON.stringify(means);
    if (looks !== this.legendLooks) {
      this.legendLooks = looks;
      legend.replaceChildren();
      this.legends = means.map(([name, mean]) => [name, addLegend(legend, mean)]);
    }
    for (const [name, made] of this.legends) {
      made.style.visibility = name === this.values.colouring ? "" : "hidden";
      if (name === this.values.colouring) this.viewer.below.dataset.wheel = made.dataset.wheel;
    }
  }
}

/** Lines with what they mean, a wheel of colours, or a sentence. */
function addLegend(legend, { lines, wheel, says }) {
  const made = addTo(legend, "div", "hv-legend-of");
  made.dataset.wheel = Boolean(wheel.length);
  for (const [line, text] of lines) {
    const entry = addTo(made, "span", "hv-means");
    addTo(entry, "span", "hv-line").style.borderTop = line;
    entry.append(text);
  }
  if (says) addTo(made, "span", "", says);
  if (wheel.length) addWheel(made, wheel, says);
  return made;
}

/** The colours of directions, each twice: as g and as -g. */
function addWheel(legend, colours, says) {
  const canvas = addTo(legend, "canvas", "hv-wheel");
  canvas.width = canvas.height = 2 * LEGEND_WHEEL_PX;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The colours of directions. ${says}`);
  const context = canvas.getContext("2d");
  const [half, turn] = [LEGEND_WHEEL_PX, Math.PI / colours.length];
  for (let at = 0; at < 2 * colours.length; at++) {
    context.beginPath();
    context.arc(half, half, half - 2, -(at + 0.55) * turn, -(at - 0.55) * turn);
    context.arc(half, half, half / 2, -(at - 0.55) * turn, -(at + 0.55) * turn, true);
    context.fillStyle = colours[at % colours.length];
    context.fill();
  }
  const copy = addTo(legend, "button", "hv-button", "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", "Copy the colours of directions");
  copy.addEventListener("click", async () => {
    copy.textContent = await give(new Promise((done) => canvas.toBlob(done, "image/png")), "directions");
    setTimeout(() => (copy.textContent = "Copy"), SAID_MS);
  });
}
