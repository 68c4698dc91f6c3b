// A block unfolded in its place: norm, heads, +, norm, MLP, +, with the numbers of the token that is followed.

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

  /** Into the room that the layout keeps between the block's planes. */
  place({ x, y, width, height }) {
    this.size = [width, height];
    Object.assign(this.box.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    this.fit(this.box.querySelector(".maps"));
  }

  /** The heads' maps as large as the room lets them be. */
  fit(maps) {
    if (!maps || !this.size) return;
    const [width, height] = this.size, { heads } = this;
    // In a parallel block the MLP has the lower half of the room.
    const columns = this.parallel ? (heads <= 8 ? heads : Math.ceil(heads / 2)) : heads <= 2 ? heads : heads <= 6 ? 3 : Math.max(4, Math.ceil(heads / 4));
    const across = (this.parallel ? 0.6 : 0.4) * width, down = (height - 88) / (this.parallel ? 2 : 1);
    const side = Math.min(across / columns, down / Math.ceil(heads / columns) - 14, 64);
    maps.style.setProperty("--columns", columns);
    maps.style.setProperty("--side", `${Math.max(side, 12)}px`);
  }

  /** One block's patterns have come. */
  load(payload, data, ways) {
    this.patterns = payload;
    this.ways = ways;
    this.parallel = data.parallel;
    this.grid = new TokenGrid(payload.header);
    [this.heads, this.tokens] = payload.shapes.pattern;
    this.colour = palette(data.viridis);
    const { layer } = payload.header, go = (text, name) => {
      const button = Object.assign(element("button", "go", text), { type: "button" });
      button.onclick = () => this.does.page(name);
      return button;
    };
    const head = element("header", ""), foot = element("footer", "");
    const close = Object.assign(element("button", "close", "✕"), { type: "button", title: "Fold the block" });
    close.setAttribute("aria-label", `Fold block ${layer}`);
    this.title = element("b", "");
    close.onclick = () => this.does.unfold(layer);
    head.append(this.title, close);
    foot.append(go("Full size", "block"), go("All heads", "attention"));
    const maps = element("div", "maps");
    this.maps = Array.from({ length: this.heads }, (_, index) => this.map(index, maps));
    const mlp = element("div", "mlp", "MLP");
    mlp.append(element("small", "", [data.width, data.hidden, data.width].join(data.parallel ? " → " : "\n")));
    [this.attention, this.mlp] = [this.plus(), this.plus()];
    const norm = () => element("div", "norm", "norm");
    const flow = element("div", "flow");
    // A norm stands before what reads it, or, in models that have it so, behind it. Both halves of a parallel block read
    // the same vector: attention stands above its line, the MLP below, and both are added at once.
    const halves = [[maps, this.attention], [mlp, this.mlp]].map(([part, plus]) => {
      const steps = element("div", "steps");
      steps.append(...(data.normLast ? [part, norm()] : [norm(), part]));
      return [steps, plus];
    });
    for (const together of data.parallel ? [halves] : halves.map((half) => [half])) {
      const branch = Object.assign(element("div", data.parallel ? "branch both" : "branch"), { title: "The token's vector goes both ways: through these, and past them as it is" });
      const sums = element("div", "sums");
      branch.append(...together.map(([steps]) => steps));
      sums.append(...together.map(([, plus]) => plus.box));
      flow.append(branch, sums);
    }
    this.box.replaceChildren(head, flow, foot);
    this.fit(maps);
    this.box.hidden = false;
  }

  map(index, maps) {
    const { header } = this.patterns, [rows, columns] = header.grid;
    const button = Object.assign(element("button", ""), { type: "button", title: `Head ${index} in the explorer` });
    const canvas = Object.assign(element("canvas", ""), { width: columns, height: rows }), words = element("small", "", String(index));
    button.append(canvas, words);
    button.onclick = () => this.does.head(index);
    maps.append(button);
    return { context: canvas.getContext("2d"), pixels: new ImageData(columns, rows), button };
  }

  /** Where what was made is added to the vector; below it how long the added part is. */
  plus() {
    const box = element("div", "plus"), words = element("small", "");
    box.append(element("b", "", "+"), words);
    return { box, words };
  }

  draw({ token }) {
    if (!this.patterns) return;
    const { header } = this.patterns, { layer } = header, { ways } = this, short = (x) => x.toPrecision(3);
    this.title.textContent = `Block ${layer}, unfolded for ${ways.tokenName(token)}`;
    const { attention, mlp, before } = ways.added(layer, token);
    for (const [plus, name, added] of [[this.attention, "attention", attention], [this.mlp, "the MLP", mlp]]) {
      plus.words.textContent = short(added);
      plus.box.title = `${name} adds a vector of length ${short(added)} to this token's, which was ${short(before)} long before the block`;
    }
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
