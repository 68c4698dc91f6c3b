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
    const [width, height] = this.size, columns = this.heads <= 2 ? this.heads : this.heads <= 6 ? 3 : Math.max(4, Math.ceil(this.heads / 4));
    const side = Math.min((0.4 * width) / columns, (height - 88) / Math.ceil(this.heads / columns) - 14, 64);
    maps.style.setProperty("--columns", columns);
    maps.style.setProperty("--side", `${Math.max(side, 12)}px`);
  }

  /** One block's patterns have come. */
  load(payload, data, ways) {
    this.patterns = payload;
    this.ways = ways;
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
    mlp.append(element("small", "", `${data.width}\n${data.hidden}\n${data.width}`));
    [this.attention, this.mlp] = [this.plus(), this.plus()];
    const norm = () => element("div", "norm", "norm");
    const flow = element("div", "flow");
    // A norm stands before what reads it, or, in models that have it so, behind it.
    for (const [part, plus] of [[maps, this.attention], [mlp, this.mlp]]) {
      const branch = Object.assign(element("div", "branch"), { title: "The token's vector goes both ways: through these, and past them as it is" });
      branch.append(...(data.normLast ? [part, norm()] : [norm(), part]));
      flow.append(branch, plus.box);
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
