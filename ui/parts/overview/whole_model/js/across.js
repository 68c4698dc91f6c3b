// Where everything stands on a wide screen: left to right. Tokens at a level are a plane, seen a little from the side.
// A block that is unfolded has its room between the planes before and after it; the others move together.

const TITLE = 40, NAME = 124, FIRST = 72, WORD = 36, TOKEN = 11, // pixels: height and width of the stages' names, of the first one, of an answer, from prefix token to prefix token
  STEP = 12, EDGES = 8; // pixels: at least from plane to plane beside a block that is unfolded, and between it and them

class Across {
  constructor(width, ways, unfolded) {
    const share = (part, low, high) => Math.min(Math.max(width * part, low), high);
    const picture = share(0.19, 130, 340), answer = share(0.17, 128, 300), gap = share(0.015, 10, 24);
    const tall = Math.min((picture * ways.gridHeight) / ways.gridWidth, 1.6 * picture);
    this.ways = ways;
    this.width = width;
    const room = width - picture - answer - 2 * gap, steps = ways.levels + 0.4;
    this.unfolded = unfolded;
    this.open = unfolded === null ? 0 : Math.min(share(0.35, 320, 520), room - steps * STEP); // pixels of its room
    this.step = (room - this.open) / steps;
    this.thick = Math.min(this.step * 0.62, 60);
    this.every = Math.ceil(WORD / this.step); // deep models: an answer under every second or third plane
    this.lean = this.thick * 0.45;
    this.top = TITLE + 8 + TOKEN * ways.prefix;
    this.tall = tall;
    this.picture = { x: 0, y: this.top + this.lean / 2, width: (tall * ways.gridWidth) / ways.gridHeight, height: tall };
    this.first = picture + gap;
    this.second = this.first + 1.4 * this.step + (unfolded === 0 ? this.open : 0);
    const under = this.top + tall + this.lean + 8;
    this.rows = { button: [under, 26], bars: [under + 30, 34], toward: [under + 68, 36], says: [under + 108, 34] };
    this.height = under + 144;
    this.places = {
      picture: { x: 0, y: 0, width: picture },
      tokens: { x: Math.max(FIRST, this.first + 1.4 * this.step - 14 - NAME), y: 0, width: NAME },
      blocks: { x: Math.max(FIRST + NAME + 14, this.second), y: 0, width: Math.max(ways.blocks * this.step, NAME) },
      answer: { x: width - answer, y: 0, width: answer },
    };
    this.answer = { x: width - answer, y: this.top, width: answer };
    this.reading = [width - answer - 6, this.top + this.lean / 2 + tall / 2]; // where the answer is read
  }

  /** The left edge of what belongs to a level. */
  left(level) {
    const moved = this.unfolded && level > this.unfolded ? this.open : 0;
    return level ? this.second + (level - 1) * this.step + moved : this.first;
  }

  /** Where the block that is unfolded lies: between its planes. */
  fold() {
    const x = this.left(this.unfolded) + this.thick + EDGES;
    return { x, y: this.top, width: this.left(this.unfolded + 1) - EDGES - x, height: this.tall + this.lean };
  }

  /** A place of the plane, u to the right and v down, 0 … 1, in pixels. */
  point(level, u, v) {
    return [this.left(level) + u * this.thick, this.top + v * this.tall + (1 - u) * this.lean];
  }

  prefixPoint(level, token) {
    return [this.left(level) + this.thick / 2, this.top - 4 - (this.ways.prefix - 1 - token) * TOKEN];
  }

  /** What canvas calls a transform: from cells of the plane's small picture to the screen. */
  transform(level) {
    const { gridHeight: rows, gridWidth: columns } = this.ways;
    return [this.thick / columns, -this.lean / columns, 0, this.tall / rows, this.left(level), this.top + this.lean];
  }

  /** The level and the place in its plane under a point of the screen. */
  within(x, y) {
    for (let level = 0; level < this.ways.levels; level++) {
      const u = (x - this.left(level)) / this.thick, v = (y - this.top - (1 - u) * this.lean) / this.tall;
      if (u >= 0 && u < 1 && v >= 0 && v < 1) return { level, u, v };
    }
    return null;
  }

  /** The curve from a token of one plane to one of the next. */
  ribbon(context, [x0, y0], [x1, y1]) {
    const middle = (x0 + x1) / 2;
    context.moveTo(x0, y0);
    context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  }

  /** Where a row's entry of a level stands: button, bars, toward, says. */
  entry(row, level) {
    const [y, height] = this.rows[row], own = row === "says" ? this.every * this.step : this.step;
    const width = level ? own : Math.max(own, this.thick + 24);
    const x = this.left(level) + this.thick / 2 - width / 2;
    return { x, y, width, height, upright: true };
  }

  /** Where the words for a row stand: left of its first entry. */
  heading(row) {
    const [y, height] = this.rows[row];
    return { x: 0, y, width: Math.min(this.first - 10, this.entry(row, 0).x - 4), height, upright: true };
  }
}
