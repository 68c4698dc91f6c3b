// A picture with its patch grid on a canvas; hovering costs no round trip, a click sends one number, a stroke of the
// brush the patches that are hidden after it.

const number = (x) => (Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 0.01 || x === 0 ? x.toFixed(3) : x.toExponential(2));

function build(parent) {
  const box = document.createElement("div");
  box.className = "map";
  box.dataset.testid = "patch-map";
  box.innerHTML = `<canvas class="picture" role="img" tabindex="0"></canvas>
    <div class="line"><span class="readout" aria-live="polite"></span>
    <span class="bar" hidden><b class="low"></b><i></i><b class="high"></b></span>
    <label hidden>overlay <input type="range" min="0" max="100" value="65" aria-label="overlay opacity"></label></div>`;
  parent.append(box);
  return box;
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".map") ?? build(parentElement);
  box.leave?.(); // Streamlit itself lets only the last run clear up
  const [canvas, readout, bar, label] = ["canvas", ".readout", ".bar", "label"].map((s) => box.querySelector(s));
  const opacity = label.querySelector("input");
  const context = canvas.getContext("2d");
  const [gh, gw] = data.grid;
  const values = data.values;
  const chosen = data.chosen === null ? null : data.chosen - data.first;
  let picture = null;
  let over = null;
  let overlay = null;
  const paper = (box.paper ??= { stroke: false, cursor: 0 }); // outlasts a run of the page
  let cursor = chosen ?? paper.cursor;
  if (!paper.stroke) paper.hidden = new Set(data.hidden);

  box.classList.toggle("clickable", data.clickable);
  box.classList.toggle("brush", data.paintable);
  canvas.setAttribute("aria-label", data.alt);
  bar.hidden = label.hidden = !values;
  if (values) {
    const colour = palette(data.colours);
    overlay = new OffscreenCanvas(gw, gh);
    const pixels = new ImageData(gw, gh);
    values.forEach((v, i) => {
      if (v === null) return;
      const part = data.high > data.low ? (v - data.low) / (data.high - data.low) : 0;
      pixels.data.set([...colour(part), 255], 4 * i);
    });
    overlay.getContext("2d").putImageData(pixels, 0, 0);
    bar.querySelector(".low").textContent = number(data.low);
    bar.querySelector(".high").textContent = number(data.high);
    bar.querySelector("i").style.background = `linear-gradient(to right, ${data.colours.join(",")})`;
  }

  const say = (patch) => {
    if (patch === null) {
      const todo = data.paintable ? "Draw over the picture to hide patches." : "Click a patch to choose it.";
      readout.textContent = data.clickable || data.paintable ? todo : "";
      return;
    }
    const where = `patch (${Math.floor(patch / gw)}, ${patch % gw})`;
    const value = values ? values[patch] : null;
    if (paper.hidden.has(patch)) readout.textContent = `${where} · hidden`;
    else readout.textContent = value === null ? where : `${where} · ${data.label} ${number(value)}`;
    readout.dataset.patch = patch;
    if (value !== null) readout.dataset.value = value;
  };

  const outline = (patch, colour, width) => {
    const w = canvas.width / gw, h = canvas.height / gh;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect((patch % gw) * w, Math.floor(patch / gw) * h, w, h);
  };

  const draw = () => {
    if (!picture) return;
    const scale = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round((width * picture.naturalHeight) / picture.naturalWidth);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.imageSmoothingEnabled = true;
    context.drawImage(picture, 0, 0, width, height);
    if (overlay) {
      context.globalAlpha = opacity.value / 100;
      context.imageSmoothingEnabled = false;
      context.drawImage(overlay, 0, 0, width, height);
      context.globalAlpha = 1;
    }
    context.strokeStyle = "rgba(255,255,255,.35)";
    context.lineWidth = scale;
    context.fillStyle = "#10171a";
    context.beginPath();
    for (const patch of paper.hidden) {
      const [left, right] = [patch % gw, (patch % gw) + 1].map((column) => Math.round((column * width) / gw));
      const [top, bottom] = [0, 1].map((more) => Math.round(((Math.floor(patch / gw) + more) * height) / gh));
      context.fillRect(left, top, right - left, bottom - top);
      context.moveTo(left, top), context.lineTo(right, bottom); // black alone could be the picture's own
      context.moveTo(left, bottom), context.lineTo(right, top);
    }
    for (let x = 1; x < gw; x++) context.moveTo((x * width) / gw, 0), context.lineTo((x * width) / gw, height);
    for (let y = 1; y < gh; y++) context.moveTo(0, (y * height) / gh), context.lineTo(width, (y * height) / gh);
    context.stroke();
    if (chosen !== null && chosen >= 0) outline(chosen, "#000", 6 * scale), outline(chosen, "#ffb000", 3 * scale);
    if (over !== null) outline(over, "#fff", 2 * scale);
  };

  const patchAt = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - left) / width) * gw), y = Math.floor(((event.clientY - top) / height) * gh);
    return x >= 0 && y >= 0 && x < gw && y < gh ? y * gw + x : null;
  };
  const hover = (patch) => {
    over = patch;
    say(patch ?? (chosen !== null && chosen >= 0 ? chosen : null));
    draw();
  };
  const stroke = brush(data.grid, paper, draw, (hidden) => setTriggerValue("painted", hidden));
  const pick = (patch) => {
    if (data.clickable && patch !== null) setTriggerValue("picked", patch + data.first);
    if (data.paintable && !paper.stroke) stroke.from(patch), stroke.end();
  };

  canvas.onpointerdown = (event) => {
    if (!data.paintable || event.button) return;
    canvas.setPointerCapture(event.pointerId);
    stroke.from(patchAt(event));
  };
  canvas.onpointermove = (event) => {
    stroke.to(patchAt(event));
    hover(patchAt(event));
  };
  canvas.onpointerup = canvas.onpointercancel = stroke.end;
  canvas.onpointerleave = () => hover(null);
  canvas.onclick = (event) => data.clickable && pick(patchAt(event));
  canvas.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") {
      pick(cursor);
    } else if (ARROWS[event.key]) {
      const [down, right] = ARROWS[event.key];
      const row = Math.min(Math.max(Math.floor(cursor / gw) + down, 0), gh - 1);
      const column = Math.min(Math.max((cursor % gw) + right, 0), gw - 1);
      cursor = paper.cursor = row * gw + column;
      hover(cursor);
    } else return;
    event.preventDefault();
  };
  opacity.oninput = draw;

  let live = true;
  const image = new Image();
  image.src = data.image;
  image.decode().then(() => {
    if (!live) return;
    picture = image;
    hover(null);
    box.dataset.ready = "true";
  });
  const resize = new ResizeObserver(draw);
  resize.observe(canvas);
  box.leave = () => {
    live = false;
    resize.disconnect();
  };
  return box.leave;
}
