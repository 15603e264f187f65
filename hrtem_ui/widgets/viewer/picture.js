/* The grey picture: at first as it came, with every pixel once those are there. */

const ENLARGED = 1.2; // beyond this the picture as it came is no longer enough
const BLOCKY = 3; // displayed pixels from which on the image's own are drawn as squares

/** Grey levels that pixels are shown with, 256 steps of `stored` values in a table. */
function levelsTable(head, levels) {
  const table = new Uint8ClampedArray(65536);
  const [low, high, gamma] = levels;
  for (let stored = 0; stored < 65536; stored++) {
    const share = (head.least + head.step * stored - low) / Math.max(high - low, 1e-30);
    table[stored] = Math.floor(255 * Math.pow(Math.min(Math.max(share, 0), 1), gamma));
  }
  return table;
}

class Picture {
  constructor() {
    this.key = ""; // of the picture that is there
    this.wanted = ""; // of the one that is being made ready
    this.bitmap = null;
    this.pixels = null; // {head, values}
    this.detail = document.createElement("canvas");
    this.part = null; // which part of the pixels `detail` shows
  }

  /** Take the picture of that key if it has come. */
  async take(key, changed) {
    if (key === this.wanted) return;
    const layer = window.hrtemLayers?.get(key);
    if (!layer) return;
    this.wanted = key;
    const bitmap = await createImageBitmap(new Blob([layer.body]));
    if (key !== this.wanted) return;
    this.key = key;
    this.bitmap = bitmap;
    this.greys = null;
    changed();
  }

  takePixels(key, levels) {
    if (!key) {
      this.pixels = null;
      return;
    }
    const layer = window.hrtemLayers?.get(key);
    if (layer && this.pixels?.key !== key) {
      const values = new Uint16Array(layer.body.buffer, layer.body.byteOffset, layer.body.byteLength / 2);
      this.pixels = { key, head: layer.head, values };
      this.coarser = [{ values, rows: layer.head.shape[0], cols: layer.head.shape[1] }];
      this.table = null;
    } else if (!layer && this.pixels?.key !== key) this.pixels = null;
    if (!levels || !this.pixels) return;
    const looks = levels.join();
    if (!this.table || this.looks !== looks) {
      this.table = levelsTable(this.pixels.head, levels);
      this.looks = looks;
      this.part = null;
    }
  }

  /** Whether more pixels are to be seen than the picture as it came has. */
  isEnlarged(view, density) {
    return this.bitmap && view.scale * density > (ENLARGED * this.bitmap.width) / view.frame.width;
  }

  draw(context, view, density) {
    const [width, height] = view.size;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const box = [view.left, view.top, view.frame.width * view.scale, view.frame.height * view.scale];
    if (this.pixels && this.isEnlarged(view, density)) this.drawPixels(context, view, box, density);
    else if (this.bitmap) {
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.bitmap, ...box);
    }
  }

  drawPixels(context, view, [x, y, width, height], density) {
    const [rows, cols] = this.pixels.head.shape;
    const size = [width / cols, height / rows]; // of one pixel on the screen
    const halvings = Math.max(0, Math.floor(-Math.log2(size[0] * density)));
    const block = 2 ** halvings;
    const seen = [
      Math.max(0, Math.floor(-y / size[1])),
      Math.max(0, Math.floor(-x / size[0])),
      Math.min(rows, Math.ceil((view.size[1] - y) / size[1])),
      Math.min(cols, Math.ceil((view.size[0] - x) / size[0])),
    ];
    const part = this.covered(seen, block, [rows, cols]);
    context.imageSmoothingEnabled = size[0] < BLOCKY;
    context.drawImage(
      this.detail,
      x + part.col0 * size[0],
      y + part.row0 * size[1],
      this.detail.width * block * size[0],
      this.detail.height * block * size[1],
    );
  }

  /** Make sure that `detail` shows these pixels, and some around so that panning costs nothing. */
  covered([row0, col0, row1, col1], block, [rows, cols]) {
    const now = this.part;
    const covers = now && now.block === block && now.row0 <= row0 && now.col0 <= col0;
    if (covers && now.row1 >= row1 && now.col1 >= col1) return now;
    const around = (from, to, end) => {
      const more = Math.ceil((to - from) / 4);
      const start = Math.max(0, from - more);
      return [start - (start % block), Math.min(end, to + more)];
    };
    const [top, bottom] = around(row0, row1, rows);
    const [left, right] = around(col0, col1, cols);
    this.part = { block, row0: top, col0: left, row1: bottom, col1: right };
    this.render(this.part);
    return this.part;
  }

  render({ block, row0, col0, row1, col1 }) {
    const { values, cols } = this.halved(Math.log2(block));
    const [top, left, bottom, right] = [row0, col0, row1, col1].map((at) => Math.ceil(at / block));
    const [height, width] = [bottom - top, right - left];
    const image = new ImageData(width, height);
    const out = new Uint32Array(image.data.buffer);
    const { table } = this;
    for (let i = top, at = 0; i < bottom; i++) {
      for (let from = i * cols + left, to = i * cols + right; from < to; from++, at++) {
        const grey = table[values[from]];
        out[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
      }
    }
    this.detail.width = width;
    this.detail.height = height;
    this.detail.getContext("2d").putImageData(image, 0, 0);
  }

  /** The pixels, neighbours averaged so often; each coarser image is made once, of the one before. */
  halved(times) {
    while (this.coarser.length <= times) this.coarser.push(halfOf(this.coarser.at(-1)));
    return this.coarser[times];
  }

  /** The image's value at a place, and whether it is exact; null where there is none. */
  value(row, col, frame, levels) {
    const across = (col - frame.left) / frame.width;
    const down = (row - frame.top) / frame.height;
    if (this.pixels) {
      const { head, values } = this.pixels;
      const [rows, cols] = head.shape;
      const stored = values[Math.floor(down * rows) * cols + Math.floor(across * cols)];
      return { value: head.least + head.step * stored, exact: head.exact };
    }
    if (!this.bitmap || !levels) return null;
    const grey = this.greyAt(Math.floor(across * this.bitmap.width), Math.floor(down * this.bitmap.height));
    const [low, high, gamma] = levels;
    const edge = grey <= 0 ? "≤ " : grey >= 255 ? "≥ " : "";
    return { value: low + (high - low) * Math.pow(grey / 255, 1 / gamma), exact: false, edge };
  }

  greyAt(x, y) {
    if (!this.greys) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [this.bitmap.width, this.bitmap.height];
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(this.bitmap, 0, 0);
      this.greys = context.getImageData(0, 0, canvas.width, canvas.height).data;
    }
    return this.greys[4 * (y * this.bitmap.width + x)];
  }
}

/** Blocks of 2 x 2 averaged; at an odd edge those that are there. */
function halfOf({ values, rows, cols }) {
  const [height, width] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  const half = new Uint16Array(height * width);
  for (let i = 0, at = 0; i < height; i++) {
    const upper = 2 * i * cols;
    const lower = Math.min(2 * i + 1, rows - 1) * cols;
    for (let j = 0; j < width; j++, at++) {
      const left = 2 * j;
      const right = left + 1 < cols ? left + 1 : left;
      const sum = values[upper + left] + values[upper + right] + values[lower + left] + values[lower + right];
      half[at] = (sum + 2) >> 2;
    }
  }
  return { values: half, rows: height, cols: width };
}
