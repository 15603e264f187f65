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
    this.name = ""; // of the picture that is there
    this.wanted = ""; // of the one that is being made ready
    this.tinted = null; // the picture in colours, where its pixels are coloured by numbers
    this.bitmap = null;
    this.pixels = null; // {head, values}
    this.detail = document.createElement("canvas");
    this.part = null; // which part of the pixels `detail` shows
  }

  /** Take the picture of that key if it has come; with a tint, the numbers by which its pixels are coloured, too. */
  async take(key, tint, changed) {
    const name = nameOf(key, tint);
    if (name === this.wanted) return;
    const [layer, numbers] = [key, tint].map((one) => window.hrtemLayers?.get(one));
    if (!layer || (tint && !numbers)) return;
    this.wanted = name;
    const plain = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    const [bitmap, tinting] = await Promise.all([
      createImageBitmap(new Blob([layer.body])),
      tint ? createImageBitmap(new Blob([numbers.body]), plain) : null,
    ]);
    if (name !== this.wanted) return;
    this.name = name;
    this.bitmap = bitmap;
    this.greys = this.tinted = null;
    this.numbers = tinting && valuesOf(tinting);
    changed();
  }

  /** The picture in colours: as bright as it is, each pixel in the colour of its number. */
  colour(colours) {
    const { bitmap, numbers } = this;
    const looks = colours.join();
    if (!numbers || (this.tinted && this.tintedLooks === looks)) return;
    this.tintedLooks = looks;
    this.greys ??= valuesOf(bitmap);
    const palette = [[0, 0, 0], ...colours.map(channelsOf)];
    const image = new ImageData(bitmap.width, bitmap.height);
    for (let at = 0; at < this.greys.length; at += 4) {
      const colour = palette[numbers[at] + 256 * numbers[at + 1]] ?? palette[0];
      for (let channel = 0; channel < 3; channel++) {
        image.data[at + channel] = (this.greys[at] * colour[channel]) / 255;
      }
      image.data[at + 3] = 255;
    }
    this.tinted ??= Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    this.tinted.getContext("2d").putImageData(image, 0, 0);
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
      context.drawImage(this.tinted ?? this.bitmap, ...box);
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
    this.greys ??= valuesOf(this.bitmap);
    return this.greys[4 * (y * this.bitmap.width + x)];
  }
}

/** What tells a picture in its tint from others. */
const nameOf = (key, tint) => `${key} ${tint ?? ""}`;

/** Red, green, blue and opacity of every pixel. */
function valuesOf(bitmap) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

/** The three numbers of a code such as #56b4e9. */
const channelsOf = (code) => [1, 3, 5].map((at) => parseInt(code.slice(at, at + 2), 16));

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
