// Layers × heads: the map of the present query in every head at once, one pixel a token.

class Heads {
  constructor(figure) {
    this.caption = figure.querySelector("figcaption");
    this.area = figure.querySelector(".area");
    this.canvas = figure.querySelector("canvas");
    this.chosen = figure.querySelector(".chosen");
    this.labels = figure.querySelector(".labels");
    this.legend = figure.querySelector(".legend");
    this.context = this.canvas.getContext("2d");
  }

  load(numbers) {
    this.numbers = numbers;
    // A thumbnail: one line for the prefix tokens, a clear line, then the patches.
    this.top = numbers.prefix ? 2 : 0;
    this.width = Math.max(numbers.gridWidth, numbers.prefix);
    this.height = this.top + numbers.gridHeight;
    this.arranged = null;
    const dots = numbers.prefix === 1 ? "The dot over a thumbnail is its" : "The dots over a thumbnail are its";
    const prefix = numbers.prefix ? `${dots} ${numbers.header.prefix.join(", ")}. ` : "";
    this.legend.textContent = `${prefix}Double-click one to enlarge it.`;
  }

  /** Which thumbnails stand where: all of them, those of a layer, or one. */
  arrange({ zoom, layer, column }) {
    const arranged = [zoom, zoom === "all" ? "" : layer, zoom === "head" ? column : ""].join();
    if (this.arranged === arranged) return;
    this.arranged = arranged;
    const { numbers, width, height } = this, { columns, rows, heads } = numbers;
    const fusedGap = Math.max(1, Math.round(width / 5));
    this.cells = [];
    const labels = [];
    if (zoom === "all") {
      const x = (at) => at * (width + 1) + (at >= heads ? fusedGap : 0);
      for (let row = 0; row < rows; row++) {
        const y = row * (height + 1);
        for (let at = 0; at < columns; at++) this.cells.push({ layer: row, column: at, x: x(at), y });
        labels.push({ text: numbers.layerName(row), kind: "left", x: 0, y: y + height / 2 });
      }
      for (let at = 0; at < columns; at++) {
        labels.push({ text: this.numbers.columnName(at), kind: at < heads ? "top" : "top fused", x: x(at) + width / 2, y: 0 });
      }
      this.size(x(columns - 1) + width, rows * (height + 1) - 1);
    } else {
      const shown = zoom === "head" ? [column] : [...Array(columns).keys()];
      const across = zoom === "head" ? 1 : Math.ceil(Math.sqrt(columns)), gap = Math.ceil(height / 5);
      shown.forEach((at, i) => {
        const x = (i % across) * (width + 1), y = Math.floor(i / across) * (height + gap);
        this.cells.push({ layer, column: at, x, y });
        labels.push({ text: this.numbers.columnName(at), kind: "top", x: x + width / 2, y });
      });
      this.size(across * (width + 1) - 1, Math.ceil(shown.length / across) * (height + gap) - gap);
    }
    this.labels.classList.toggle("tight", zoom === "all" && columns > 12);
    this.labels.replaceChildren(...labels.map((label) => this.label(label)));
  }

  label({ text, kind, x, y }) {
    const label = document.createElement("span");
    label.className = kind;
    label.textContent = text;
    label.style.left = `${(100 * x) / this.canvas.width}%`;
    label.style.top = `${(100 * y) / this.canvas.height}%`;
    return label;
  }

  size(width, height) {
    Object.assign(this.canvas, { width, height });
    this.area.style.aspectRatio = `${width} / ${height}`;
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  draw(view, scale) {
    this.arrange(view);
    const byLayer = new Map();
    for (const cell of this.cells) {
      if (!byLayer.has(cell.layer)) byLayer.set(cell.layer, []);
      byLayer.get(cell.layer)[cell.column] = cell;
    }
    for (const [layer, cells] of byLayer) {
      this.numbers.layer(layer, view, (column, map) => cells[column] && this.thumbnail(cells[column], map, scale));
    }
    this.context.putImageData(this.image, 0, 0);
    const chosen = this.cells.find((cell) => cell.layer === view.layer && cell.column === view.column);
    const { width, height } = this.canvas;
    this.chosen.style.left = `${(100 * chosen.x) / width}%`;
    this.chosen.style.top = `${(100 * chosen.y) / height}%`;
    this.chosen.style.width = `${(100 * this.width) / width}%`;
    this.chosen.style.height = `${(100 * this.height) / height}%`;
  }

  thumbnail({ x, y }, map, scale) {
    const { prefix, gridWidth, tokens } = this.numbers, stride = this.canvas.width;
    scale.stretch(map);
    if (prefix) scale.paint(map, 0, prefix, this.pixels, y * stride + x, prefix, stride);
    scale.paint(map, prefix, tokens - prefix, this.pixels, (y + this.top) * stride + x, gridWidth, stride);
  }

  /** The thumbnail under the pointer and the token in it (null between tokens): {layer, column, token}. */
  cellAt(event) {
    const { left, top, width, height } = this.area.getBoundingClientRect(), { prefix, gridWidth, gridHeight } = this.numbers;
    const x = Math.floor(((event.clientX - left) / width) * this.canvas.width);
    const y = Math.floor(((event.clientY - top) / height) * this.canvas.height);
    const inside = (c) => x >= c.x && x < c.x + this.width && y >= c.y && y < c.y + this.height;
    const cell = this.cells.find(inside);
    if (!cell) return null;
    const column = x - cell.x, line = y - cell.y;
    let token = null;
    if (line < this.top) token = line === 0 && column < prefix ? column : null;
    else if (column < gridWidth && line - this.top < gridHeight) token = this.numbers.patchToken(line - this.top, column);
    return { layer: cell.layer, column: cell.column, token };
  }
}
