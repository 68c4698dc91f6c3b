// Where everything stands on a phone: top to bottom, the planes lying, what belongs to each beside it.

const ROW = 62, EDGE = 34, FOLD = 216; // pixels: from plane to plane, left of the planes, and the height of a block that is unfolded

class Down {
  constructor(width, ways, unfolded) {
    this.ways = ways;
    this.width = width;
    this.every = 1;
    const size = Math.min(width * 0.62, 240);
    this.thick = 30;
    this.wide = Math.min(width * 0.34, 190);
    this.lean = 18;
    this.left = EDGE + TOKEN * ways.prefix;
    this.picture = { x: this.left, y: 34, width: size, height: Math.min((size * ways.gridHeight) / ways.gridWidth, 360) };
    this.first = this.picture.y + this.picture.height + 78;
    this.unfolded = unfolded;
    this.open = unfolded === null ? 0 : FOLD;
    this.second = this.first + ROW + 46 + (unfolded === 0 ? this.open : 0);
    const end = this.top(ways.blocks) + ROW;
    this.height = end + 200;
    this.places = {
      picture: { x: 0, y: 0, width },
      tokens: { x: 0, y: this.first - 64, width },
      blocks: { x: 0, y: this.first + ROW - 12, width },
      answer: { x: 0, y: end, width },
    };
    this.answer = { x: 0, y: end + 34, width };
    this.reading = [this.left + this.wide / 2, end - 6];
  }

  top(level) {
    const moved = this.unfolded && level > this.unfolded ? this.open : 0;
    return level ? this.second + (level - 1) * ROW + moved : this.first;
  }

  /** Where the block that is unfolded lies: between its planes. */
  fold() {
    const y = this.top(this.unfolded + 1) - this.open - 4;
    return { x: 0, y, width: this.width, height: this.open - 8 };
  }

  point(level, u, v) {
    return [this.left + u * this.wide + (1 - v) * this.lean, this.top(level) + v * this.thick];
  }

  prefixPoint(level, token) {
    return [this.left - 4 - (this.ways.prefix - 1 - token) * TOKEN, this.top(level) + this.thick / 2];
  }

  transform(level) {
    const { gridHeight: rows, gridWidth: columns } = this.ways;
    return [this.wide / columns, 0, -this.lean / rows, this.thick / rows, this.left + this.lean, this.top(level)];
  }

  within(x, y) {
    for (let level = 0; level < this.ways.levels; level++) {
      const v = (y - this.top(level)) / this.thick, u = (x - this.left - (1 - v) * this.lean) / this.wide;
      if (u >= 0 && u < 1 && v >= 0 && v < 1) return { level, u, v };
    }
    return null;
  }

  ribbon(context, [x0, y0], [x1, y1]) {
    const middle = (y0 + y1) / 2;
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0, middle, x1, middle, x1, y1);
  }

  entry(row, level) {
    const y = this.top(level), right = this.left + this.wide + this.lean + 8, width = this.width - right;
    if (row === "button") return { x: 0, y: y + 2, width: 30, height: 26, upright: false };
    if (row === "says") return { x: right, y: y + 19, width, height: 18, upright: false };
    return { x: right, y: y - (row === "bars" ? 4 : -10), width, height: row === "bars" ? 12 : 6, upright: false };
  }

  /** Where the words for a row stand: above the first plane, one below the other; numbers and names need none. */
  heading(row) {
    const { x, width } = this.entry("says", 0), line = ["bars", "toward"].indexOf(row);
    return line < 0 ? null : { x, y: this.first - 44 + 18 * line, width, height: 18, upright: false };
  }
}
