// The numbers in words: what is under the pointer, how it ranks, what the head is like, what the colours mean.

/** Who asks and who answers: the row and column of the pattern that a view looks at. */
function cellOf({ token, other, direction }) {
  return direction === "from" ? { query: token, key: other } : { query: other, key: token };
}

const formatValue = (x) => (x > 0 && x < 0.0001 ? x.toExponential(2).replace("e-", "e−") : String(Number(x.toPrecision(3))));

class Readout {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.readout = find(".readout");
    this.lines = ["pair", "value", "head"].map((name) => {
      const line = document.createElement("p");
      line.className = name;
      return line;
    });
    this.readout.append(...this.lines);
    this.bar = find(".bar canvas");
    this.level = find(".bar .level");
    this.ticks = find(".ticks");
    this.note = find(".note");
    this.help = find(".help");
  }

  /** `at`: {layer, column} of the map read, `map` its numbers. Returns the lines, for a picture to keep. */
  say(numbers, view, at, map) {
    const { token, other } = view, cell = cellOf(view), value = map[other], rank = rankOf(map, other);
    const probe = at.layer === numbers.layers, column = numbers.columnName(at.column);
    const asker = probe ? "the probe" : numbers.tokenName(cell.query), key = probe ? other : cell.key;
    const where = probe ? "MAP head" : `block ${at.layer}`;
    const who = at.column < numbers.heads ? `head ${column}` : column === "rollout" ? column : `${column} of all heads`;
    const [pair, number, head] = this.lines;
    pair.textContent = `${asker} → ${numbers.tokenName(key)} · ${where} · ${who}`;
    number.textContent = Number.isNaN(value)
      ? numbers.whyNot(at.layer, at.column, view.measure)
      : this.numberWords(numbers, view, column, value, `rank ${rank} of ${map.length}`);
    head.textContent = at.column < numbers.heads && !probe ? this.headWords(numbers, at) : "";
    Object.assign(this.readout.dataset, {
      query: probe ? "probe" : cell.query,
      key,
      layer: numbers.layerName(at.layer),
      head: column,
      token,
      value: Number.isNaN(value) ? "" : value.toPrecision(8),
      rank,
    });
    return this.lines.map((line) => line.textContent).filter(Boolean);
  }

  numberWords({ header }, { measure }, column, value, rank) {
    const symbol = column === "rollout" ? "rollout" : measure === "attention" ? "p" : "‖p·v‖";
    const level = header.level[measure], times = formatValue(value / level);
    const of = measure === "attention" ? `uniform (1/${Math.round(1 / level)})` : "the mean of all";
    return `${symbol} = ${formatValue(value)} · ${times} × ${of} · ${rank}`;
  }

  headWords({ arrays, heads, header }, { layer, column }) {
    const at = layer * heads + column;
    // Two to the power of the entropy: so many equal shares would be spread as widely.
    return `This head, on average over who asks: spread as widely as ${Math.round(2 ** arrays.entropy[at])} equal shares ` +
      `(entropy ${arrays.entropy[at].toFixed(2)} of at most ${header.mostEntropy.toFixed(2)} bits) · looks ${Math.round(arrays.distance[at])} pixels far`;
  }

  /** The colour bar of the picture's scale, its numbers true for what is on the screen. */
  drawBar(scale) {
    const wanted = [scale.kind, scale.low, scale.high, scale.levelName].join();
    if (this.drawn === wanted) return;
    this.drawn = wanted;
    const context = this.bar.getContext("2d"), image = context.createImageData(256, 1);
    new Uint32Array(image.data.buffer).set(scale.ramp);
    context.putImageData(image, 0, 0);
    this.ticks.replaceChildren(...scale.ticks().map(({ place, text }) => this.tick(place, text)));
    const place = scale.place(scale.level);
    this.level.hidden = !(place >= 0 && place <= 1);
    this.level.style.left = `${100 * place}%`;
    this.level.dataset.text = scale.levelName;
    this.level.classList.toggle("right", place > 0.75);
  }

  tick(place, text) {
    const tick = document.createElement("span");
    tick.textContent = text;
    tick.style.left = `${100 * place}%`;
    tick.className = place < 0.05 ? "first" : place > 0.95 ? "last" : "";
    return tick;
  }

  /** What was left out because there are too many tokens; nothing where nothing was. */
  load({ header, layers, heads, tokens }) {
    const [down, across] = header.fullGrid, full = down * across + header.prefix.length;
    const millions = Math.round((layers * heads * full * full) / 1e6), { side } = header;
    this.note.textContent = side === 1 ? "" :
      `${full} tokens make ${millions} million attention values, too many to send. Shown are ${tokens} tokens: each block ` +
      `is the mean over ${side} × ${side} patches as queries and as keys. Entropy, distance and the numbers below the ` +
      `explorer are those of all ${full}.`;
    this.drawn = null;
  }
}
