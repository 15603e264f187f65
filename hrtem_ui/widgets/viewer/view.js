/* Which part of a picture a stage shows. Places are (row, col) in the picture's own coordinates. */

const MOST_PX = 48; // displayed pixels for one of the image, at most
const MARGIN_PX = 14;
const BESIDE_PX = 6; // a click this near to the picture means its edge

class View {
  constructor() {
    this.frame = null;
    this.size = [1, 1]; // of the stage, in displayed pixels: width, height
    this.scale = 1; // displayed pixels for one unit of the picture's coordinates
    this.left = 0; // where the picture's upper left corner is on the stage
    this.top = 0;
    this.fitted = true;
    this.aside = 0; // width of the room that is left on the right for a panel
  }

  /** Leave room of a width on the right, where a panel covers nothing of the picture. */
  makeRoom(aside) {
    if (aside === this.aside) return;
    this.aside = aside;
    if (this.frame) this.fitted ? this.fit() : this.settle();
  }

  get fitScale() {
    return Math.min((this.size[0] - this.aside) / this.frame.width, this.size[1] / this.frame.height);
  }

  /** Show another picture or use another stage; what was looked at stays in its middle. */
  set(frame, size, pixelScale) {
    const same = this.frame && ["top", "left", "height", "width"].every((n) => this.frame[n] === frame[n]);
    const middle = same && !this.fitted ? this.place(this.size[0] / 2, this.size[1] / 2) : null;
    this.frame = frame;
    this.size = size;
    this.pixelScale = pixelScale; // at which a pixel of the image is a pixel of the screen
    if (middle) this.centre(middle[0], middle[1]);
    else this.fit();
  }

  fit() {
    this.fitted = true;
    this.scale = this.fitScale;
    this.settle();
  }

  /** Another scale, the place at (x, y) of the stage staying where it is. */
  zoom(scale, x = this.size[0] / 2, y = this.size[1] / 2) {
    const [row, col] = this.place(x, y);
    const most = Math.max(this.fitScale, MOST_PX * this.pixelScale);
    this.scale = Math.min(Math.max(scale, this.fitScale), most);
    this.fitted = this.scale <= this.fitScale * 1.0001;
    this.left = x - (col - this.frame.left) * this.scale;
    this.top = y - (row - this.frame.top) * this.scale;
    this.settle();
  }

  move(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.settle();
  }

  centre(row, col) {
    this.scale = Math.max(this.scale, this.fitScale);
    this.left = this.size[0] / 2 - (col - this.frame.left) * this.scale;
    this.top = this.size[1] / 2 - (row - this.frame.top) * this.scale;
    this.settle();
  }

  /** Bring a place into sight if it is not. */
  reveal(row, col) {
    const [x, y] = this.spot(row, col);
    const inside = (at, side) => at >= MARGIN_PX && at <= side - MARGIN_PX;
    if (!inside(x, this.size[0]) || !inside(y, this.size[1])) this.centre(row, col);
  }

  /** No empty strip where the picture is larger than the stage; in the middle where it is smaller. */
  settle() {
    const kept = (at, room, side) =>
      side <= room ? 0.5 * (room - side) : Math.min(0, Math.max(room - side, at));
    this.left = kept(this.left, this.size[0] - this.aside, this.frame.width * this.scale);
    this.top = kept(this.top, this.size[1], this.frame.height * this.scale);
  }

  place(x, y) {
    return [this.frame.top + (y - this.top) / this.scale, this.frame.left + (x - this.left) / this.scale];
  }

  spot(row, col) {
    return [this.left + (col - this.frame.left) * this.scale, this.top + (row - this.frame.top) * this.scale];
  }

  /** The same as `place`, kept inside the picture. */
  inside(x, y) {
    const [row, col] = this.place(x, y);
    const { top, left, height, width } = this.frame;
    return [Math.min(Math.max(row, top), top + height), Math.min(Math.max(col, left), left + width)];
  }

  /** The place that a click at (x, y) means: on the picture, or its edge when just beside it; else null. */
  meant(x, y) {
    const [row, col] = this.inside(x, y);
    const [across, down] = this.spot(row, col);
    if (Math.hypot(across - x, down - y) > BESIDE_PX) return null;
    const { top, left, height, width } = this.frame;
    const within = (at, start, side) => Math.min(at, start + side * (1 - 1e-9)); // of the last pixel still
    return [within(row, top, height), within(col, left, width)];
  }

  holds(row, col) {
    const { top, left, height, width } = this.frame;
    return row >= top && col >= left && row < top + height && col < left + width;
  }
}
