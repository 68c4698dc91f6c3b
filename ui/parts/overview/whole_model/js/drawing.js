// The canvas: the picture, a plane of coloured tokens a level, the way of one token, and from whom it takes.

const PATH = "#e69f00", ATTENTION = "#0072b2", MLP = "#cc79a7", MORE = "#009e73", LESS = "#d55e00";

class Drawing {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  /** A new picture: its pixels, and the tokens of every level as a small picture of one pixel a patch. */
  load(ways) {
    this.ways = ways;
    const { image, colours } = ways.arrays, cells = ways.gridHeight * ways.gridWidth;
    this.photo = painted(ways.imageWidth, ways.imageHeight, image, 0);
    this.planes = Array.from({ length: ways.levels }, (_, level) => painted(ways.gridWidth, ways.gridHeight, colours, 3 * level * cells));
  }

  /** As large as the layout says, sharp on fine screens. */
  fit(layout) {
    const ratio = window.devicePixelRatio || 1, { canvas } = this;
    this.layout = layout;
    this.ratio = ratio;
    Object.assign(canvas, { width: Math.round(layout.width * ratio), height: Math.round(layout.height * ratio) });
    Object.assign(canvas.style, { width: `${layout.width}px`, height: `${layout.height}px` });
    this.ink = getComputedStyle(canvas).color;
  }

  /** Where a token stands at a level. */
  at(level, token) {
    const place = this.ways.rowColumn(token), { gridHeight: rows, gridWidth: columns } = this.ways;
    return place ? this.layout.point(level, (place[1] + 0.5) / columns, (place[0] + 0.5) / rows) : this.layout.prefixPoint(level, token);
  }

  draw({ token, block, reached, signed }) {
    const { context, layout, ways } = this;
    this.plain();
    context.clearRect(0, 0, layout.width, layout.height);
    context.imageSmoothingEnabled = true;
    const { x, y, width, height } = layout.picture;
    context.drawImage(this.photo, x, y, width, height);
    context.imageSmoothingEnabled = false;
    for (let level = 0; level < ways.levels; level++) this.plane(level, level <= reached, level === block + 1);
    this.plain();
    for (let i = 0; i < Math.min(reached, ways.blocks); i++) if (i !== block) this.taken(i, token, 0.22);
    this.way(token, reached);
    if (block < reached) this.taken(block, token, 0.95);
    this.onPicture(token, block);
    this.bars(token, reached, block, signed);
  }

  plain() {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.globalAlpha = 1;
  }

  plane(level, reached, chosen) {
    const { context, layout, ways, ratio } = this, [a, b, c, d, e, f] = layout.transform(level);
    context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio);
    context.globalAlpha = reached ? 1 : 0.1;
    context.drawImage(this.planes[level], 0, 0);
    this.plain();
    context.globalAlpha = reached ? 1 : 0.2;
    context.strokeStyle = chosen ? PATH : this.ink;
    context.lineWidth = chosen ? 2.5 : 0.5;
    context.beginPath();
    for (const [u, v] of [[0, 0], [1, 0], [1, 1], [0, 1]]) context.lineTo(...layout.point(level, u, v));
    context.closePath();
    context.stroke();
    for (let token = 0; token < ways.prefix; token++) this.square(...layout.prefixPoint(level, token), 3.5, this.ink, 1);
    context.globalAlpha = 1;
  }

  square(x, y, half, colour, line) {
    this.context.strokeStyle = colour;
    this.context.lineWidth = line;
    this.context.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }

  /** Ribbons from the tokens that `token` takes most from in a block, 40 pixels broad for all of it. */
  taken(block, token, alpha) {
    const { context, layout } = this, end = this.at(block + 1, token);
    context.strokeStyle = ATTENTION;
    context.globalAlpha = alpha;
    for (const { token: source, share } of this.ways.sources(block, token)) {
      context.lineWidth = Math.max(0.8, 40 * share);
      context.beginPath();
      layout.ribbon(context, this.at(block, source), end);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** The token's own way through all planes, from its patch in the picture. */
  way(token, reached) {
    const { context, layout, ways } = this, place = ways.rowColumn(token);
    context.strokeStyle = context.fillStyle = PATH;
    context.lineWidth = 2;
    context.beginPath();
    if (place) context.moveTo(...this.inPicture(place, 0.5));
    for (let level = 0; level <= Math.min(reached, ways.blocks); level++) context.lineTo(...this.at(level, token));
    context.stroke();
    for (let level = 0; level <= Math.min(reached, ways.blocks); level++) {
      const [x, y] = this.at(level, token);
      context.beginPath();
      context.arc(x, y, 3, 0, 7);
      context.fill();
    }
    if (reached <= ways.blocks) return;
    context.globalAlpha = 0.5; // what the answer is read from: the tokens after the last block
    context.lineWidth = 1;
    context.strokeStyle = this.ink;
    for (const [u, v] of [[1, 0], [1, 1]]) {
      context.beginPath();
      layout.ribbon(context, layout.point(ways.blocks, u, v), layout.reading);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  inPicture([row, column], part) {
    const { x, y, width, height } = this.layout.picture, { gridHeight: rows, gridWidth: columns } = this.ways;
    return [x + ((column + part) * width) / columns, y + ((row + part) * height) / rows];
  }

  /** In the picture: the patch that is followed, and those it takes most from in the block in question. */
  onPicture(token, block) {
    const { context, ways } = this, { width, height } = this.layout.picture;
    const outline = (place, colour, line) => {
      const [x, y] = this.inPicture(place, 0);
      context.lineWidth = line + 2;
      context.strokeStyle = "#fff";
      context.strokeRect(x, y, width / ways.gridWidth, height / ways.gridHeight);
      context.lineWidth = line;
      context.strokeStyle = colour;
      context.strokeRect(x, y, width / ways.gridWidth, height / ways.gridHeight);
    };
    for (const { token: source } of ways.sources(block, token).reverse()) {
      const place = ways.rowColumn(source);
      if (place && source !== token) outline(place, ATTENTION, 1.5);
    }
    const place = ways.rowColumn(token);
    if (place) outline(place, PATH, 2.5);
  }

  /** Under each plane: what the block adds to the token's vector, and how far it then points to the answer. */
  bars(token, reached, chosen, signed) {
    const { ways, layout, context } = this;
    const added = Array.from({ length: ways.blocks }, (_, block) => ways.added(block, token));
    const most = Math.max(...added.map(({ attention, mlp }) => Math.max(attention, mlp)), 1e-9);
    added.slice(0, reached).forEach(({ attention, mlp }, block) => {
      const room = layout.entry("bars", block + 1);
      this.bar(room, 0, 2, attention / most, ATTENTION);
      this.bar(room, 1, 2, mlp / most, MLP);
    });
    for (let level = 0; level <= Math.min(reached, ways.blocks); level++) {
      const value = ways.toward(level, token), room = layout.entry("toward", level);
      if (Number.isNaN(value)) continue;
      const half = signed ? { ...room, ...(room.upright ? { height: room.height / 2 } : { width: room.width / 2, x: room.x + room.width / 2 }) } : room;
      this.bar(half, 0, 1, value / ways.mostToward, value < 0 ? LESS : MORE);
    }
    context.globalAlpha = 1;
    if (chosen >= reached) return;
    const { x, width } = layout.entry("bars", chosen + 1);
    if (layout.entry("bars", 1).upright) {
      context.globalAlpha = 0.12;
      context.fillStyle = PATH;
      context.fillRect(x, layout.rows.button[0], width, layout.height - layout.rows.button[0]);
      context.globalAlpha = 1;
    }
  }

  /** One of `count` bars side by side, from its foot up, or from its left; below 0 the other way. */
  bar({ x, y, width, height, upright }, index, count, value, colour) {
    const { context } = this;
    context.fillStyle = colour;
    if (upright) {
      const each = Math.min(width * 0.7, 40) / count, left = x + width / 2 + (index - count / 2) * each;
      context.fillRect(left, y + height - Math.max(0, value) * height, each - 1, Math.max(1, Math.abs(value) * height));
    } else {
      const each = height / count;
      context.fillRect(x + Math.min(0, value) * width, y + index * each, Math.max(1, Math.abs(value) * width), each - 1);
    }
  }
}

/** RGB bytes from `start` on as a canvas of that size. */
function painted(width, height, bytes, start) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").putImageData(rgbPixels(width, height, bytes, start), 0, 0);
  return canvas;
}
