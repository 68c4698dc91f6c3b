// A block unfolded: norm, heads, +, norm, MLP, +, with the numbers of the token that is followed.

class Unfolded {
  constructor(box, does) {
    this.box = box;
    this.does = does;
    this.patterns = null;
  }

  close() {
    this.patterns = null;
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  /** One block's patterns have come. */
  load(payload, data, ways) {
    this.patterns = payload;
    this.ways = ways;
    this.grid = new TokenGrid(payload.header);
    [this.heads, this.tokens] = payload.shapes.pattern;
    this.colour = palette(data.viridis);
    this.widths = `${data.width} → ${data.hidden} → ${data.width}`;
    const { layer } = payload.header, go = (text, name, className = "go") => {
      const button = Object.assign(element("button", className, text), { type: "button" });
      button.onclick = () => this.does.page(name);
      return button;
    };
    const head = element("header", ""), close = Object.assign(element("button", "go", "Close"), { type: "button" });
    this.title = element("b", "");
    close.onclick = () => this.does.unfold(layer);
    head.append(this.title, go("This block, full size", "block"), go("All heads", "attention"), close);
    const maps = element("div", "maps");
    this.maps = Array.from({ length: this.heads }, (_, index) => this.map(index, maps));
    this.parts = Object.fromEntries(["x", "attention", "mid", "mlp", "out"].map((name) => [name, this.part(name)]));
    const flow = element("div", "flow");
    flow.append(
      this.parts.x.box, element("div", "arrow", "LayerNorm"), maps, element("div", "arrow", "× W_O"), this.parts.attention.box,
      element("div", "arrow", "+ x"), this.parts.mid.box, element("div", "arrow", "LayerNorm"), this.parts.mlp.box,
      element("div", "arrow", "+ x_mid"), this.parts.out.box
    );
    this.box.replaceChildren(head, flow);
    this.box.hidden = false;
  }

  map(index, maps) {
    const { header } = this.patterns, [rows, columns] = header.grid;
    const button = Object.assign(element("button", ""), { type: "button", title: `Head ${index} in the explorer` });
    const canvas = Object.assign(element("canvas", ""), { width: columns, height: rows }), words = element("span", "", `head ${index}`);
    button.append(canvas, words);
    button.onclick = () => this.does.head(index);
    maps.append(button);
    return { context: canvas.getContext("2d"), pixels: new ImageData(columns, rows), button };
  }

  part(name) {
    const names = { x: "x", attention: "attention", mid: "x_mid", mlp: "MLP", out: "x′" };
    const box = element("div", "part"), swatch = element("div", "swatch"), words = element("span", ""), is = element("b", "", names[name]);
    if (["x", "out"].includes(name)) box.append(swatch);
    box.append(is, element("small", "", ""));
    box.lastChild.append(words);
    return { box, swatch, words };
  }

  draw({ token }) {
    if (!this.patterns) return;
    const { header } = this.patterns, { layer } = header, { ways } = this;
    this.title.textContent = `Block ${layer}, unfolded for ${ways.tokenName(token)}`;
    const { attention, mlp, before, after } = ways.added(layer, token), long = (x) => `length ${x.toPrecision(3)}`;
    const place = ways.rowColumn(token);
    for (const [name, level, length] of [["x", layer, before], ["out", layer + 1, after]]) {
      this.parts[name].words.textContent = long(length);
      const at = 3 * (level * ways.gridHeight * ways.gridWidth + token - ways.prefix);
      this.parts[name].swatch.style.background = place ? `rgb(${[...ways.arrays.colours.subarray(at, at + 3)].join(" ")})` : "none";
    }
    this.parts.attention.words.textContent = long(attention);
    this.parts.mlp.words.textContent = `${this.widths}\n${long(mlp)}`;
    const row = this.grid.fromModel(token), { pattern } = this.patterns.arrays, n = this.tokens, first = this.grid.prefix;
    this.maps.forEach(({ context, pixels, button }, head) => {
      const start = (head * n + row) * n + first, shares = Array.from({ length: n - first }, (_, i) => HALF[pattern[start + i]]);
      const most = Math.max(...shares, 1e-9);
      shares.forEach((share, i) => pixels.data.set([...this.colour(share / most), 255], 4 * i));
      context.putImageData(pixels, 0, 0);
      button.setAttribute("aria-label", `head ${head}: at most ${(100 * most).toFixed(1)} % from one patch; open it in the explorer`);
    });
  }
}
