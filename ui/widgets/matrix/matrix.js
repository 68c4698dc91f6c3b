// A matrix on a canvas. New numbers are drawn into the one that stands there; hovering costs no round trip.
const STRIP = 29; // height of a named row, its gap included
const GAP = 3;

function build(parent) {
  const box = document.createElement("div");
  box.className = "matrix";
  box.dataset.testid = "matrix";
  box.innerHTML = `<div class="side"></div><canvas role="img" tabindex="0"></canvas><div class="axis"></div>
    <div class="line"><span class="readout" aria-live="polite"></span>
    <span class="bar" hidden><b class="low"></b><i></i><b class="high"></b></span></div>`;
  parent.append(box);
  return box;
}

export default function ({ data: [data], parentElement }) {
  const box = parentElement.querySelector(".matrix") ?? build(parentElement);
  box.leave?.(); // Streamlit itself lets only the last run clear up
  const [canvas, side, axis, readout, bar] = ["canvas", ".side", ".axis", ".readout", ".bar"].map((s) => box.querySelector(s));
  const context = canvas.getContext("2d");
  const [rows, columns] = data.shape;
  const values = floats(data.values);
  const colour = palette(data.colours);
  const gap = data.names ? GAP : 0;
  let over = box.over ?? null; // [row, column] under the pointer; new numbers leave it there
  if (over && (over[0] >= rows || over[1] >= columns)) over = null;

  const cells = new OffscreenCanvas(columns, rows);
  const pixels = new ImageData(columns, rows);
  values.forEach((value, i) => {
    const [low, high] = data.limits[Math.floor(i / columns)];
    pixels.data.set([...colour(high > low ? (value - low) / (high - low) : 0.5), 255], 4 * i);
  });
  cells.getContext("2d").putImageData(pixels, 0, 0);

  box.classList.toggle("named", data.names !== null);
  canvas.setAttribute("aria-label", data.alt);
  canvas.style.height = data.names ? `${rows * STRIP}px` : "";
  canvas.style.aspectRatio = data.names ? "" : data.square ? `${columns} / ${rows}` : "1 / 1";
  axis.textContent = data.column[1];
  side.replaceChildren(
    ...(data.names ?? [data.row[1]]).map((text) => Object.assign(document.createElement("span"), { textContent: text, title: text }))
  );
  bar.hidden = data.bar === null;
  if (data.bar) {
    bar.querySelector(".low").textContent = +data.bar[0].toPrecision(3);
    bar.querySelector(".high").textContent = +data.bar[1].toPrecision(3);
    bar.querySelector("i").style.background = `linear-gradient(to right, ${data.colours.join(",")})`;
  }

  const draw = () => {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((length) => Math.round(length * scale));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = rows > height || columns > width; // more cells than dots: their mean
    const row = height / rows;
    if (gap) for (let r = 0; r < rows; r++) context.drawImage(cells, 0, r, columns, 1, 0, r * row, width, row - gap * scale);
    else context.drawImage(cells, 0, 0, width, height);
    if (over) {
      const [r, c] = over;
      const place = [(c * width) / columns, r * row, width / columns, row - gap * scale];
      for (const [ink, thick] of [["#000", 4], ["#ffb000", 2]]) {
        context.strokeStyle = ink;
        context.lineWidth = thick * scale;
        context.strokeRect(...place);
      }
    }
  };
  const hover = (cell) => {
    over = box.over = cell;
    draw();
    if (!cell) {
      readout.textContent = "";
      return;
    }
    const [r, c] = cell;
    const value = values[r * columns + c];
    readout.textContent = `${data.names ? data.names[r] : `${data.row[0]} ${r}`} · ${data.column[0]} ${c}: ${number(value)}`;
    Object.assign(readout.dataset, { row: r, column: c, value });
  };

  canvas.onpointermove = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const r = Math.floor(((event.clientY - top) / height) * rows), c = Math.floor(((event.clientX - left) / width) * columns);
    hover(r >= 0 && c >= 0 && r < rows && c < columns ? [r, c] : null);
  };
  canvas.onpointerleave = () => hover(null);
  canvas.onblur = () => hover(null);
  canvas.onkeydown = (event) => {
    if (!ARROWS[event.key]) return;
    const [r, c] = over ?? [0, -1];
    const [down, right] = over ? ARROWS[event.key] : [0, 1];
    hover([Math.min(Math.max(r + down, 0), rows - 1), Math.min(Math.max(c + right, 0), columns - 1)]);
    event.preventDefault();
  };

  hover(over);
  box.dataset.ready = "true";
  const resize = new ResizeObserver(draw);
  resize.observe(canvas);
  box.leave = () => resize.disconnect();
  return box.leave;
}
