// The explorer: one view of the numbers, four figures that draw it, at most once a frame.

let lastNumbers = null; // whoever comes back to the page has them at once

class Explorer {
  constructor(root) {
    this.root = root;
    const find = (selector) => root.querySelector(selector);
    this.picture = new Picture(find("figure.picture"));
    this.held = new Picture(this.cloneFigure(find("figure.picture")));
    this.heads = new Heads(find("figure.heads"));
    this.matrix = new Matrix(find("figure.matrix"));
    this.readout = new Readout(root);
    this.status = find(".status");
    this.usable = [find(".controls"), find(".panels")];
    this.view = {
      layer: 0, column: 0, token: 0, other: 0, pinned: false, reading: null,
      direction: "from", measure: "attention", scale: "log", zoom: "all", compare: "nothing", opacity: 0.6,
    };
    this.home = 0; // the token in view while the pointer is elsewhere
    this.unanswered = []; // what was told to Python and has not come back: {token, layer, head}, oldest first
    this.frame = 0;
    attachControls(this);
    attachPointers(this);
    attachKeys(this);
  }

  /** The picture to compare with: the same figure again, without its controls. */
  cloneFigure(figure) {
    const clone = figure.cloneNode(true);
    clone.classList.add("held");
    clone.hidden = true;
    clone.querySelector(".stage").dataset.testid = "explorer-held";
    clone.querySelector(".stage").tabIndex = -1;
    clone.querySelector(".under").remove();
    figure.after(clone);
    return clone;
  }

  /** What Python says: which file to show, and what is chosen. Called again on every change of either. */
  async receive(data) {
    const before = this.data ?? {};
    this.data = data;
    this.picture.stage.setAttribute("aria-label", `${data.alt} Arrow keys move over the patches, Enter pins one, Escape lets go.`);
    if (data.url === this.url) {
      if (!sameChoice(data, before) && !this.answers(data) && this.numbers?.url === data.url) this.show(data.head);
      return;
    }
    await this.fetch(data.url);
  }

  /** Another file: what was done with the one before is over. */
  async fetch(url) {
    this.url = url;
    this.unanswered = [];
    this.halt();
    clearTimeout(this.telling);
    this.abort?.abort();
    const { signal } = (this.abort = new AbortController());
    const source = { url, signal, lost: (gone) => this.send("lost", gone) };
    this.wait();
    try {
      const fusion = this.numbers ? this.view.column - this.numbers.heads : -1;
      if (lastNumbers?.url !== url) {
        const payload = await openPayload(source);
        signal.throwIfAborted(); // another file may have been asked for since the last byte came
        lastNumbers = new Numbers(url, payload);
      }
      this.load(lastNumbers);
      this.show(fusion >= 0 ? this.numbers.heads + fusion : this.data.head);
      this.hold();
      await fetchBlocks(this, source);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  /** Nothing can be used until numbers are drawn: what may still be seen is another picture's. */
  wait() {
    for (const mark of ["ready", "complete"]) delete this.root.dataset[mark];
    for (const part of this.usable) part.inert = true;
    this.root.setAttribute("aria-busy", "true");
    this.status.textContent = "The attention is on its way …";
  }

  /** The numbers are drawn, as far as `mark` says: ready or complete. */
  drawn(mark) {
    for (const part of this.usable) part.inert = false;
    this.root.setAttribute("aria-busy", "false");
    this.status.textContent = "";
    this.root.dataset[mark] = this.numbers.url;
  }

  /** Is this only what was told to Python, coming back? A slow server answers when the person has long chosen again. */
  answers(data) {
    const at = this.unanswered.findLastIndex((choice) => sameChoice(choice, data));
    this.unanswered = at < 0 ? [] : this.unanswered.slice(at + 1);
    return at >= 0;
  }

  load(numbers) {
    this.numbers = numbers;
    this.map = new Float32Array(numbers.tokens);
    this.map2 = new Float32Array(numbers.tokens);
    for (const part of [this.picture, this.held, this.heads, this.matrix, this.readout]) part.load(numbers);
    loadControls(this);
    this.makeScales();
  }

  fail(error) {
    console.error(error);
    const { url } = this;
    this.url = null; // so that it is fetched again when Python runs
    this.root.setAttribute("aria-busy", "false");
    const button = { type: "button", textContent: "Try again", onclick: () => this.fetch(url) };
    this.status.replaceChildren("The attention could not be fetched. ", Object.assign(document.createElement("button"), button));
    if (this.numbers?.url !== url) return;
    this.numbers.failed = true;
    this.set({});
  }

  /** Show a choice that came from Python. */
  show(column) {
    const { numbers, data } = this;
    this.home = numbers.fromModel(data.token);
    this.set({ layer: data.layer, column, token: this.home, other: this.home, pinned: false, reading: null });
  }

  makeScales() {
    const { scale, measure } = this.view, kinds = ["main", "heads", "matrix"];
    this.scales = Object.fromEntries(kinds.map((name) => [name, new Scale(scale, measure, this.numbers)]));
    this.scales.held = new Scale(scale, this.heldView().measure, this.numbers);
  }

  /** Change the view; it is drawn in the next frame. */
  set(changes) {
    Object.assign(this.view, changes);
    if ("scale" in changes || "measure" in changes || "compare" in changes) this.makeScales();
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    if (!this.numbers) return;
    const { view, numbers, scales, map, map2 } = this;
    numbers.map(map, view.layer, view.column, view);
    scales.main.stretch(map);
    this.picture.draw(map, scales.main, view, view.layer === numbers.layers);
    this.heads.draw(view, scales.heads);
    this.matrix.draw(view, scales.matrix);
    const at = view.reading ?? view;
    this.words = this.readout.say(numbers, view, at, view.reading ? numbers.map(map2, at.layer, at.column, view) : map);
    this.readout.drawBar(scales.main);
    if (view.compare !== "nothing") this.drawHeld();
    drawControls(this);
  }

  /** What the second picture shows: this view with one thing changed. */
  heldView() {
    const { view, holding } = this;
    if (view.compare === "measure") return { ...view, measure: view.measure === "attention" ? "contribution" : "attention" };
    if (view.compare === "head") return { ...view, ...holding.head };
    return view.compare === "query" ? { ...view, ...holding.query, other: view.token } : view;
  }

  hold() {
    const { layer, column, token } = this.view;
    this.holding = { head: { layer, column }, query: { token } };
  }

  drawHeld() {
    const { numbers, map2 } = this, view = this.heldView(), scale = this.scales.held;
    numbers.map(map2, view.layer, view.column, view);
    scale.stretch(map2);
    this.held.draw(map2, scale, view, view.layer === numbers.layers);
    const value = map2[view.other], number = Number.isNaN(value) ? numbers.whyNot(view.layer, view.column, view.measure) : formatValue(value);
    const [low, high] = [scale.low, scale.high].map(formatNumber);
    const held = view.compare === "measure" ? "" : "Held: ", { query, key } = cellOf(view);
    this.held.caption.textContent =
      `${held}${this.title(view)} · ${numbers.tokenName(query)} → ${numbers.tokenName(key)} ${number} · colours ${low} to ${high}`;
  }

  title({ layer, column, token, direction, measure }) {
    const { numbers } = this, fused = column >= numbers.heads;
    const who = layer === numbers.layers ? "the probe" : numbers.tokenName(token);
    const where = layer === numbers.layers ? "MAP head" : `block ${layer}`;
    const what = measure === "attention" ? "attention" : "contribution";
    return `${what} ${direction} ${who} · ${where}, ${fused ? "" : "head "}${numbers.columnName(column)}`;
  }

  /** The pointer or a key has come to a token of the picture: the one in question, or, if that is pinned, the other. */
  visit(token) {
    this.set(this.view.pinned ? { other: token, reading: null } : { token, other: token, reading: null });
  }

  leave() {
    this.set({ token: this.home, other: this.home, reading: null });
  }

  pin(token) {
    if (this.view.pinned && token === this.home) return this.unpin();
    this.home = token;
    this.set({ token, other: token, pinned: true, reading: null });
    this.tell();
    this.announce();
  }

  unpin() {
    this.set({ pinned: false, token: this.home, other: this.home });
  }

  select(layer, column) {
    const inside = (x, size) => Math.min(Math.max(x, 0), size - 1);
    this.set({ layer: inside(layer, this.numbers.rows), column: inside(column, this.numbers.columns), reading: null });
  }

  /** Tell Python what is chosen, once the person has stopped choosing. */
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const { layer, column } = this.view, { numbers } = this, known = this.unanswered.at(-1) ?? this.data;
      // The MAP head and the fusions are places Python does not know: null leaves its choice as it is.
      const choice = {
        token: numbers.toModel(this.home),
        layer: layer < numbers.layers ? layer : null,
        head: column < numbers.heads ? column : null,
      };
      const outcome = { token: choice.token, layer: choice.layer ?? known.layer, head: choice.head ?? known.head };
      if (sameChoice(outcome, known)) return;
      this.unanswered.push(outcome);
      this.send("pinned", choice);
    }, 250);
  }

  announce() {
    this.root.querySelector(".live").textContent = "";
    requestAnimationFrame(() => requestAnimationFrame(() => {
      this.root.querySelector(".live").textContent = this.words?.join(". ") ?? "";
    }));
  }

  play() {
    this.playing = setInterval(() => this.select((this.view.layer + 1) % this.numbers.layers, this.view.column), 600);
    drawControls(this);
  }

  stop() {
    if (!this.playing) return;
    this.halt();
    this.tell();
  }

  halt() {
    clearInterval(this.playing);
    this.playing = null;
    drawControls(this);
  }

  close() {
    this.halt();
    this.abort?.abort();
    clearTimeout(this.telling);
    cancelAnimationFrame(this.frame);
    this.numbers = null;
  }
}

function sameChoice(one, other) {
  return ["token", "layer", "head"].every((name) => one[name] === other[name]);
}
