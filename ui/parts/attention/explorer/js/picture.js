// The picture with its patches: the map of one head lies over it, the token in question and the other one are outlined.

class Picture {
  constructor(figure) {
    const find = (selector) => figure.querySelector(selector);
    this.caption = find("figcaption");
    this.chips = find(".chips");
    this.stage = find(".stage");
    this.photo = find(".photo");
    this.heat = find(".heat");
    this.lines = find(".lines");
    this.tint = find(".tint");
    this.marks = { token: find(".mark.token"), other: find(".mark.other") };
  }

  /** A new picture: its pixels, its grid, a chip for every token that is not a patch. */
  load(numbers) {
    this.numbers = numbers;
    const { header, arrays, gridWidth, gridHeight } = numbers;
    const [height, width] = header.arrays.image.shape, { fullGrid, side } = header;
    Object.assign(this.photo, { width, height });
    this.photo.getContext("2d").putImageData(rgbPixels(width, height, arrays.image), 0, 0);
    this.stage.style.aspectRatio = `${width} / ${height}`;
    // Merged blocks may reach past the picture's edge, so the heat map is as much larger.
    this.cell = { width: (100 * side) / fullGrid[1], height: (100 * side) / fullGrid[0] };
    this.lines.style.backgroundSize = `${this.cell.width}% ${this.cell.height}%`;
    Object.assign(this.heat, { width: gridWidth, height: gridHeight });
    Object.assign(this.heat.style, {
      width: `${this.cell.width * gridWidth}%`,
      height: `${this.cell.height * gridHeight}%`,
    });
    this.context = this.heat.getContext("2d");
    this.image = this.context.createImageData(gridWidth, gridHeight);
    this.pixels = new Uint32Array(this.image.data.buffer);
    const names = [...header.prefix, ...(arrays.probe ? ["probe of the MAP head"] : [])];
    this.chips.replaceChildren(...names.map((name, token) => this.chip(name, token)));
    this.chips.hidden = !names.length;
  }

  chip(name, token) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.dataset.token = token < this.numbers.prefix ? token : "probe";
    chip.append(document.createElement("i"), name);
    return chip;
  }

  /** Which token lies under the pointer, null beside the picture. */
  tokenAt(event) {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const x = (event.clientX - left) / width, y = (event.clientY - top) / height;
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    return this.numbers.patchToken(Math.floor((y * 100) / this.cell.height), Math.floor((x * 100) / this.cell.width));
  }

  draw(map, scale, { token, other, opacity }, asksProbe) {
    const { numbers } = this;
    scale.paint(map, numbers.prefix, map.length - numbers.prefix, this.pixels, 0, numbers.gridWidth, numbers.gridWidth);
    this.context.putImageData(this.image, 0, 0);
    this.heat.style.opacity = opacity;
    this.outline("token", asksProbe ? -1 : token);
    this.outline("other", other);
    this.tint.hidden = !asksProbe && token >= numbers.prefix && other >= numbers.prefix;
    for (const chip of this.chips.children) {
      const probe = chip.dataset.token === "probe", mine = Number(chip.dataset.token);
      chip.firstChild.style.background = probe ? "transparent" : scale.css(map[mine]);
      chip.classList.toggle("token", probe ? asksProbe : !asksProbe && mine === token);
      chip.classList.toggle("other", !probe && mine === other && (asksProbe || other !== token));
    }
  }

  outline(which, token) {
    const place = this.numbers.rowColumn(token), { width, height } = this.cell, style = this.marks[which].style;
    this.marks[which].hidden = !place;
    if (!place) return;
    style.left = `${place[1] * width}%`;
    style.top = `${place[0] * height}%`;
    style.width = `${width}%`;
    style.height = `${height}%`;
  }

  /** The picture as it stands, as a PNG to keep: overlay, outlines, caption and colour bar. */
  save(scale, lines, opacity) {
    const factor = Math.max(2, Math.ceil(900 / this.photo.width)), line = 26;
    const width = this.photo.width * factor, height = this.photo.height * factor;
    const canvas = Object.assign(document.createElement("canvas"), { width, height: height + line * (lines.length + 2.6) });
    const context = canvas.getContext("2d"), across = this.cell.width * this.heat.width, down = this.cell.height * this.heat.height;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.photo, 0, 0, width, height);
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.globalAlpha = opacity;
    context.drawImage(this.heat, 0, 0, (width * across) / 100, (height * down) / 100);
    context.restore();
    for (const [name, colour] of [["other", "#fff"], ["token", "#e69f00"]]) {
      const style = this.marks[name].style, part = (side) => parseFloat(style[side]) / 100;
      if (this.marks[name].hidden) continue;
      context.strokeStyle = colour;
      context.lineWidth = 4;
      context.strokeRect(part("left") * width, part("top") * height, part("width") * width, part("height") * height);
    }
    context.font = "18px sans-serif";
    scale.ramp.forEach((_, step) => {
      const [r, g, b] = [0, 8, 16].map((shift) => (scale.ramp[step] >> shift) & 255);
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect((step * width) / 256, height + 6, width / 256 + 1, 14);
    });
    context.fillStyle = "#000";
    for (const { place, text } of scale.ticks()) {
      context.textAlign = place > 0.9 ? "right" : place < 0.1 ? "left" : "center";
      context.fillText(text, place * width, height + 38);
    }
    context.textAlign = "left";
    lines.forEach((text, i) => context.fillText(text, 4, height + line * (i + 2.6)));
    canvas.toBlob((blob) => {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "attention.png" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
}
