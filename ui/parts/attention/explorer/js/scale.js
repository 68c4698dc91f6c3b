// From numbers to colours: one ramp, three scales, and the colour bar that tells which.

const STEPS = 256;

/** Ten "#rrggbb" anchors → 256 pixels as canvases store them (little-endian ABGR). */
function makeRamp(colours) {
  const colour = palette(colours);
  return Uint32Array.from({ length: STEPS }, (_, step) => {
    const [r, g, b] = colour(step / (STEPS - 1));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

const formatNumber = (x) =>
  x === 0 ? "0" : Math.abs(x) < 0.0001 ? x.toExponential(1).replace("e-", "e−") : String(Number(x.toPrecision(2)));

/**
 * Every scale knows its level, the mean over all there is: for attention that is the uniform level 1/n.
 * log: fixed, the same for every map, each step a factor, from a sixteenth of the level to the most.
 * linear: fixed, from 0 to the most there is. stretched: each map from its own least to its own most.
 */
class Scale {
  constructor(kind, measure, numbers) {
    const { header } = numbers;
    this.kind = kind;
    this.ramp = makeRamp(header.colours);
    this.level = header.level[measure];
    this.levelName = measure === "attention" ? `uniform 1/${Math.round(1 / this.level)}` : `mean of all ${formatNumber(this.level)}`;
    this.high = header.most[measure];
    this.low = kind === "log" ? this.level / 16 : 0;
    this.fit();
  }

  /** Stretch to a map; the fixed scales stay as they are. */
  stretch(map) {
    if (this.kind !== "stretched") return;
    let low = Infinity, high = -Infinity;
    for (let i = 0; i < map.length; i++) {
      if (map[i] < low) low = map[i];
      if (map[i] > high) high = map[i];
    }
    if (low > high) return; // a map without numbers
    this.low = low;
    this.high = high;
    this.fit();
  }

  fit() {
    const [low, high] = this.kind === "log" ? [Math.log2(this.low), Math.log2(this.high)] : [this.low, this.high];
    this.zero = low;
    this.gain = high > low ? 1 / (high - low) : 0;
  }

  /** 0 … 1: how far up the bar a value lies (outside it beyond the ends). */
  place(value) {
    return ((this.kind === "log" ? Math.log2(value) : value) - this.zero) * this.gain;
  }

  /** Colour `count` values from `map[start]` into `pixels`, `width` a line of `stride` pixels. NaN is clear. */
  paint(map, start, count, pixels, at, width, stride) {
    const { ramp, zero } = this, gain = this.gain * STEPS, log = this.kind === "log";
    for (let i = 0, x = 0, line = at; i < count; i++) {
      const value = map[start + i];
      const step = ((log ? Math.log2(value) : value) - zero) * gain;
      pixels[line + x] = value !== value ? 0 : ramp[step <= 0 ? 0 : step >= STEPS ? STEPS - 1 : step | 0];
      if (++x === width) (x = 0), (line += stride);
    }
  }

  css(value) {
    if (Number.isNaN(value)) return "transparent";
    const one = new Uint32Array(1);
    this.paint([value], 0, 1, one, 0, 1, 1);
    return `rgb(${one[0] & 255} ${(one[0] >> 8) & 255} ${(one[0] >> 16) & 255})`;
  }

  /** Where numbers stand along the bar: [{place, text}], ends included. */
  ticks() {
    const ends = [this.low, this.high];
    let values = ends;
    if (this.kind === "log") {
      values = [this.low];
      for (let x = 10 ** Math.ceil(Math.log10(this.low)); x <= this.high * 1.0001; x *= 10) {
        if (this.place(x) > 0.2) values.push(x); // the end's own number needs the room
      }
    } else if (this.kind === "linear") values = [0, 0.25, 0.5, 0.75, 1].map((x) => x * this.high);
    const text = (x) => (this.kind === "log" && x === this.low ? `≤ ${formatNumber(x)}` : formatNumber(x));
    return values.map((x) => ({ place: this.place(x), text: text(x) }));
  }
}
