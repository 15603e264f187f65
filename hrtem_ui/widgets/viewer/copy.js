/* The picture as it is seen, with all that is drawn over it, as a PNG for the clipboard. */

const COPY_DENSITY = 2; // pixels of the copy for one of the screen, at least
const TEXT_STYLE =
  "text { font: 600 13px sans-serif; fill: #fff; stroke: #000; stroke-width: 3px; paint-order: stroke; " +
  "stroke-linejoin: round; }";

/** The part of the stage that the picture covers: left, top, width, height in displayed pixels. */
function coveredPart(view) {
  const [left, top] = [Math.max(0, view.left), Math.max(0, view.top)];
  const right = Math.min(view.size[0], view.left + view.frame.width * view.scale);
  const bottom = Math.min(view.size[1], view.top + view.frame.height * view.scale);
  return [left, top, right - left, bottom - top];
}

/** What is drawn over the picture, as an image of the stage's size. */
async function drawnOver(svg, [width, height]) {
  const copy = svg.cloneNode(true);
  copy.querySelectorAll(".hv-handle, .hv-hover").forEach((one) => one.remove());
  const style = document.createElementNS(SVG, "style");
  style.textContent = TEXT_STYLE;
  copy.prepend(style);
  for (const [name, value] of Object.entries({ xmlns: SVG, width, height })) copy.setAttribute(name, value);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

/** The scale bar, where it is seen. */
function drawBarInto(context, bar, stage) {
  if (bar.hidden) return;
  const [box, field] = [bar.getBoundingClientRect(), stage.getBoundingClientRect()];
  const [x, y] = [box.left - field.left, box.top - field.top];
  context.fillStyle = "#000";
  context.fillRect(x - 1, y - 1, box.width + 2, box.height + 2);
  context.fillStyle = "#fff";
  context.fillRect(x, y, box.width, box.height);
  const text = bar.firstElementChild;
  const right = bar.dataset.right === "true";
  Object.assign(context, { font: "600 17px sans-serif", textAlign: right ? "right" : "left", textBaseline: "bottom" });
  Object.assign(context, { lineWidth: 4, lineJoin: "round", strokeStyle: "#000" });
  const place = [text.textContent, right ? x + box.width : x, y - 3];
  context.strokeText(...place);
  context.fillText(...place);
}

/** The picture as it is seen, as a PNG. */
async function pictureBlob(viewer) {
  const { view, picture, svg, bar, stage } = viewer;
  const density = Math.max(COPY_DENSITY, viewer.density);
  const whole = document.createElement("canvas");
  [whole.width, whole.height] = view.size.map((side) => Math.round(side * density));
  const context = whole.getContext("2d");
  picture.draw(context, view, density);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.drawImage(await drawnOver(svg, view.size), 0, 0, ...view.size);
  drawBarInto(context, bar, stage);
  const [left, top, width, height] = coveredPart(view).map((side) => Math.round(side * density));
  const part = document.createElement("canvas");
  [part.width, part.height] = [width, height];
  part.getContext("2d").drawImage(whole, left, top, width, height, 0, 0, width, height);
  return new Promise((done) => part.toBlob(done, "image/png"));
}

/** Put a picture into the clipboard, or into a file where the browser gives none. What was done, in words. */
async function give(blob, name) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    return "Copied";
  } catch {
    // no clipboard without a secure address, or not allowed
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await blob);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    return "Saved as a file";
  }
}

window.hrtemGive = give; // for pictures that are none of a viewer

const copyPicture = (viewer) => give(pictureBlob(viewer), viewer.data.name);
