// One view of all ways, drawn at most once a frame.

const NARROW = 760; // pixels: below, the picture runs from top to bottom
const BEAT = 550; // milliseconds that a block lasts while the picture runs through

class WholeModel {
  constructor(root) {
    this.root = root;
    const find = (selector) => root.querySelector(selector);
    this.readout = find(".readout");
    this.live = find(".live");
    this.playButton = find(".play");
    this.canvas = find(".drawing");
    this.drawing = new Drawing(this.canvas);
    const does = {
      page: (name) => this.open(name, this.view.block, null),
      unfold: (block) => this.unfold(block),
      look: (block) => this.set({ block }),
      head: (head) => this.open("attention", this.data.unfolded, head),
    };
    this.labels = new Labels(find(".labels"), does);
    this.fold = new Unfolded(find(".fold"), does);
    this.view = { token: 0, block: 0, reached: 0, unfolded: null, signed: true };
    this.home = 0;
    this.frame = 0;
    this.playButton.onclick = () => (this.playing ? this.stop() : this.play());
    this.attach(find(".room"));
  }

  attach(room) {
    this.sizes = new ResizeObserver(() => this.lay());
    this.room = room;
    const { canvas } = this;
    canvas.onpointermove = (event) => this.look(this.under(event));
    canvas.onpointerdown = (event) => event.pointerType !== "mouse" && this.look(this.under(event));
    canvas.onpointerleave = () => this.ways && !this.playing && this.set({ token: this.home, block: this.data.layer });
    canvas.onclick = (event) => {
      const { token, level } = this.under(event);
      if (token === null) return;
      this.pin(token, level > 0 ? level - 1 : null);
      if (level > 0 && this.data.unfolded !== level - 1) this.send("unfolded", level - 1);
    };
    canvas.onkeydown = (event) => this.key(event);
  }

  key(event) {
    if (!this.ways) return;
    if (event.key === "Enter") return this.pin(this.view.token, null);
    if (!ARROWS[event.key]) return;
    const [down, right] = ARROWS[event.key], place = this.ways.rowColumn(this.view.token);
    const token = place ? this.ways.patchToken(place[0] + down, place[1] + right) : this.ways.prefix;
    this.set({ token });
    this.say();
    event.preventDefault();
  }

  /** The token and the level under the pointer; level 0 where it is over the picture itself. */
  under(event) {
    if (!this.layout) return { token: null, level: null };
    const { left, top } = this.canvas.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top;
    const { layout, ways } = this, { picture } = layout;
    const across = (x - picture.x) / picture.width, down = (y - picture.y) / picture.height;
    const at = (u, v) => ways.patchToken(Math.floor(v * ways.gridHeight), Math.floor(u * ways.gridWidth));
    if (across >= 0 && across < 1 && down >= 0 && down < 1) return { token: at(across, down), level: 0 };
    const plane = layout.within(x, y);
    if (plane) return { token: at(plane.u, plane.v), level: plane.level };
    for (let level = 0; level < ways.levels; level++)
      for (let token = 0; token < ways.prefix; token++) {
        const [px, py] = layout.prefixPoint(level, token);
        if (Math.abs(px - x) <= 7 && Math.abs(py - y) <= 6) return { token, level };
      }
    return { token: null, level: null };
  }

  look({ token, level }) {
    if (token === null || this.playing) return;
    this.set(level > 0 ? { token, block: level - 1 } : { token });
  }

  /** What Python says: the files to show, and what is chosen. Called again on every change of either. */
  async receive(data) {
    this.data = data;
    this.sizes.observe(this.room);
    if (data.url !== this.url) {
      this.url = data.url;
      this.stop();
      this.abort?.abort();
      const { signal } = (this.abort = new AbortController());
      this.root.setAttribute("aria-busy", "true");
      try {
        this.ways = new Ways(await this.fetch(data.url, signal));
      } catch (error) {
        if (!signal.aborted) this.fail(error);
        return;
      }
      this.drawing.load(this.ways);
      this.chips();
      this.layout = null;
    }
    if (!this.ways) return;
    this.home = this.data.token;
    this.lay(true);
    this.set({ token: this.home, block: this.data.layer, reached: this.ways.levels, unfolded: this.data.unfolded, signed: this.data.signed });
    this.root.setAttribute("aria-busy", "false");
    this.root.dataset.ready = "true";
    await this.heads();
  }

  /** The patterns of the block that is unfolded. */
  async heads() {
    const { heads } = this.data;
    if (!heads) return this.fold.close();
    if (this.shown === heads && this.fold.patterns) return;
    try {
      const payload = await this.fetch(heads, this.abort.signal);
      if (this.data.heads !== heads) return;
      this.shown = heads;
      this.fold.load(payload, this.data, this.ways);
      this.set({});
    } catch (error) {
      if (!this.abort.signal.aborted) this.fail(error);
    }
  }

  fetch(url, signal) {
    return fetchPayload({ url, signal, lost: (gone) => this.send("lost", gone) });
  }

  fail(error) {
    this.url = null;
    this.readout.textContent = "The picture could not be fetched. Reload the page to try again.";
    console.error(error);
  }

  chips() {
    const chips = this.ways.names.map((name, token) => {
      const chip = Object.assign(element("button", "", name), { type: "button" });
      chip.onclick = () => this.pin(token, null);
      chip.onpointerenter = () => this.look({ token, level: 0 });
      return chip;
    });
    this.root.querySelector(".chips").replaceChildren(...chips);
  }

  /** Place everything anew for the width there is. */
  lay(always = false) {
    const width = Math.floor(this.room.clientWidth);
    if (!this.ways || !width || (!always && width === this.layout?.width)) return;
    const { unfolded } = this.data;
    this.layout = new (width < NARROW ? Down : Across)(width, this.ways, unfolded);
    this.room.style.height = `${this.layout.height}px`;
    this.drawing.fit(this.layout);
    if (unfolded !== null) this.fold.place(this.layout.fold());
    this.labels.build(this.data, this.ways, this.layout);
    this.set({});
  }

  set(changes) {
    Object.assign(this.view, changes);
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    if (!this.ways || !this.layout) return;
    const { view, ways } = this;
    this.drawing.draw(view);
    this.labels.draw(view, ways.levels);
    this.fold.draw(view);
    this.readout.textContent = this.words();
    this.canvas.setAttribute("aria-label", `${this.readout.textContent} Arrow keys move over the patches, Enter keeps one.`);
    [...this.root.querySelectorAll(".chips button")].forEach((chip, token) => chip.setAttribute("aria-pressed", String(token === view.token)));
    this.root.dataset.token = view.token;
    this.root.dataset.block = view.block;
  }

  words() {
    const { view, ways, data } = this, { token, block } = view;
    const from = ways.sources(block, token).slice(0, 3).map(({ token: source, share }) => `${source === token ? "itself" : ways.tokenName(source)} ${(100 * share).toFixed(1)} %`);
    const { attention, mlp, before } = ways.added(block, token), short = (x) => x.toPrecision(3);
    const now = ways.toward(block + 1, token), gain = now - ways.toward(block, token);
    const change = `${Math.abs(gain).toFixed(2)} ${gain < 0 ? "less" : "more"} than before`;
    const points = Number.isNaN(now) ? "" : ` ${data.signed ? `It then points ${data.toward} by` : "Its cosine with the output is then"} ${now.toFixed(2).replace("-", "−")}, ${change}.`;
    const name = ways.tokenName(token);
    return `${name[0].toUpperCase()}${name.slice(1)} in block ${block} takes most from ${from.join(", ")}. To its vector, ${short(before)} long, attention adds ${short(attention)}, the MLP ${short(mlp)}.${points}`;
  }

  say() {
    this.live.textContent = this.words();
  }

  /** Keep a token, and a block if one is given: other pages look at them too. */
  pin(token, block) {
    this.home = token;
    this.set(block === null ? { token } : { token, block });
    this.send("pinned", { token, layer: block ?? this.data.layer, head: null });
    this.say();
  }

  /** Go to another page, which looks at the same token. */
  open(name, layer, head) {
    this.send("page", { name, token: this.home, layer, head });
  }

  unfold(block) {
    this.send("unfolded", this.data.unfolded === block ? null : block);
    if (this.data.unfolded !== block) this.send("pinned", { token: this.home, layer: block, head: null });
  }

  /** Let the picture run through once, block by block. */
  play() {
    this.set({ token: this.home, reached: 0, block: 0 });
    this.playing = setInterval(() => {
      const reached = this.view.reached + 1;
      if (reached > this.ways.levels) return this.stop();
      this.set({ reached, block: Math.min(Math.max(reached - 1, 0), this.ways.blocks - 1) });
    }, BEAT);
    this.playButton.textContent = "■ Stop";
    this.playButton.setAttribute("aria-pressed", "true");
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.playButton.textContent = "▶ Play";
    this.playButton.setAttribute("aria-pressed", "false");
    if (this.ways) this.set({ token: this.home, block: this.data.layer, reached: this.ways.levels });
  }

  close() {
    this.stop();
    this.abort?.abort();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.ways = this.url = null;
  }
}
