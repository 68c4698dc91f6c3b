// The whole pattern of one head: a row a query, a column a key.

class Matrix {
  constructor(figure) {
    const find = (selector) => figure.querySelector(selector);
    this.caption = find("figcaption");
    this.area = find(".area");
    this.canvas = find(".area canvas");
    this.none = find(".none");
    this.bands = { row: find(".band.row"), column: find(".band.column") };
    this.axes = { keys: find(".axis.keys"), queries: find(".axis.queries") };
  }

  load(numbers) {
    this.numbers = numbers;
    const n = numbers.tokens;
    Object.assign(this.canvas, { width: n, height: n });
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(n, n);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.map = new Float32Array(n);
    this.whole = new Float32Array(n * n);
    this.painted = null;
    // The axes say what kind a token is: prefix tokens in one colour, the grid's rows in two greys by turns.
    Object.assign(this.axes.keys, { width: n, height: 1 });
    Object.assign(this.axes.queries, { width: 1, height: n });
    for (const axis of Object.values(this.axes)) {
      const context = axis.getContext("2d");
      for (let token = 0; token < n; token++) {
        const place = numbers.rowColumn(token);
        context.fillStyle = !place ? "#e69f00" : place[0] % 2 ? "#8a9499" : "#c5cccf";
        if (axis === this.axes.keys) context.fillRect(token, 0, 1, 1);
        else context.fillRect(0, token, 1, 1);
      }
    }
  }

  draw(view, scale) {
    const { numbers } = this, n = numbers.tokens;
    // The pattern does not depend on the query: it is painted anew only when something else changes.
    const painted = [view.layer, view.column, view.measure, scale.kind, numbers.rollout ? 1 : 0, numbers.missing.has(view.layer)].join();
    if (painted !== this.painted) {
      this.painted = painted;
      this.read(view);
      scale.stretch(this.whole);
      scale.paint(this.whole, 0, n * n, this.pixels, 0, n, n);
      this.context.putImageData(this.image, 0, 0);
    }
    this.none.textContent = this.whyNone(view);
    this.none.hidden = !this.none.textContent;
    const part = (token) => `${(100 * token) / n}%`;
    const { query, key } = cellOf(view);
    this.bands.row.style.top = part(query);
    this.bands.column.style.left = part(key);
    this.bands.row.style.height = this.bands.column.style.width = part(1);
  }

  read({ layer, column, measure }) {
    const { numbers, whole } = this, n = numbers.tokens;
    if (layer === numbers.layers) return void whole.fill(NaN);
    for (let token = 0; token < n; token++) {
      whole.set(numbers.map(this.map, layer, column, { token, direction: "from", measure }), token * n);
    }
  }

  whyNone({ layer, column, measure }) {
    const { numbers } = this;
    if (layer === numbers.layers) return "The probe is a single query: one row, no matrix.";
    const there = !numbers.missing.has(layer) && !Number.isNaN(this.whole[0]);
    return there ? "" : numbers.whyNot(layer, column, measure);
  }

  /** The (query, key) under the pointer, null outside. */
  cellAt(event) {
    const { left, top, width, height } = this.area.getBoundingClientRect(), n = this.numbers.tokens;
    const key = Math.floor(((event.clientX - left) / width) * n), query = Math.floor(((event.clientY - top) / height) * n);
    return key >= 0 && query >= 0 && key < n && query < n ? { query, key } : null;
  }
}
