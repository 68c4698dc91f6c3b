// A model through its checkpoints. One slider moves all panels; scrubbing and playing stay in the browser.
const PLAY = 350; // milliseconds a checkpoint
const GAP = 4; // pixels between tiles
const HTML = `
  <div class="line"><button type="button"></button>
    <input type="range" min="0" step="1" aria-label="Checkpoint"><output></output></div>
  <div class="panels">
    <figure><h4>Attention, every head</h4><canvas class="heads" tabindex="0" role="img"></canvas>
      <figcaption></figcaption></figure>
    <figure><h4 class="where"></h4><canvas class="large" role="img"></canvas><figcaption></figcaption></figure>
    <figure class="answer"><h4>Its answer</h4><div class="bars"></div><figcaption></figcaption></figure>
    <figure class="places"><h4>Which places are alike</h4><canvas role="img"></canvas><figcaption></figcaption></figure>
    <figure><h4>Filters at the start</h4><canvas class="first" role="img" aria-label="Filters at the start"></canvas>
      <figcaption>What each looks for in a patch. Mid grey is 0, each stretched to its own largest value.</figcaption></figure>
    <figure><h4>The same filters here</h4><canvas class="now" role="img" aria-label="The same filters here"></canvas>
      <figcaption>At this step. What was chance turns into strokes and edges, if training goes on for long enough.</figcaption></figure>
    <figure><h4>Patch vectors at the start</h4><canvas class="before" role="img"
      aria-label="Patch vectors at the start, as colours"></canvas>
      <figcaption>Patches of like colour have like vectors (their three main directions as red, green, blue).</figcaption></figure>
    <figure><h4>Patch vectors here</h4><canvas class="after" role="img" aria-label="Patch vectors here, as colours"></canvas>
      <figcaption>The filters' answers for this picture. Each step is turned as a whole to agree with the next.</figcaption></figure>
  </div>`;

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

function build(parent) {
  const box = document.createElement("div");
  box.className = "growth";
  box.dataset.testid = "growth";
  box.innerHTML = HTML;
  parent.append(box);
  box.view = { layer: null, head: 0, at: null, followed: true, timer: null };
  return box;
}

// Tiles of rows × columns grids, their cells enlarged without smoothing; returns where tiles begin, [across, down].
function tiles(canvas, values, from, [rows, columns], [gh, gw], colour) {
  const scale = Math.max(1, Math.ceil(360 / (columns * gw)));
  const [across, down] = [gw * scale + GAP, gh * scale + GAP];
  Object.assign(canvas, { width: columns * across - GAP, height: rows * down - GAP });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const tile = new ImageData(gw, gh);
  const small = document.createElement("canvas");
  Object.assign(small, { width: gw, height: gh });
  for (let i = 0, next = from; i < rows * columns; i++) {
    for (let cell = 0; cell < gh * gw; cell++) {
      const [step, rgb] = colour(values, next);
      next += step;
      tile.data.set([...rgb, 255], 4 * cell);
    }
    small.getContext("2d").putImageData(tile, 0, 0);
    context.drawImage(small, (i % columns) * across, Math.floor(i / columns) * down, gw * scale, gh * scale);
  }
  return [across, down];
}

const plain = (values, i) => [3, values.subarray(i, i + 3)];

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".growth") ?? build(parentElement);
  const find = (selector) => box.querySelector(selector);
  const [button, slider, output] = ["button", "input", "output"].map(find);
  const [heads, large, bars, first, now] = [".heads", ".large", ".bars", ".first", ".now"].map(find);
  const view = box.view;
  const [depth, count] = data.shape;
  const [gh, gw] = data.grid;
  const last = data.steps.length - 1;
  const attention = bytes(data.attention);
  const likeness = data.likeness ? bytes(data.likeness) : null;
  const filters = bytes(data.filters);
  const vectors = bytes(data.vectors);
  const [n, side] = data.filter;
  const columns = Math.ceil(Math.sqrt(n));
  const picture = new Image();
  const colour = palette(data.colours);
  const colours = Array.from({ length: 256 }, (_, byte) => colour(byte / 255));
  const heat = (values, i) => [1, colours[values[i]]];

  if (view.layer === null || view.layer >= depth) view.layer = depth - 1;
  if (view.head >= count) view.head = 0;
  // Checkpoints come, and some go: what is looked at is a step, or the one before it that is left.
  const before = data.steps.filter((step) => step <= view.step).length - 1;
  view.at = view.followed || view.at === null ? last : Math.max(before, 0);

  const drawFilters = (canvas, at) => {
    const padded = new Uint8Array(Math.ceil(n / columns) * columns * side * side * 3).fill(128);
    padded.set(filters.subarray(at * n * side * side * 3, (at + 1) * n * side * side * 3));
    tiles(canvas, padded, 0, [Math.ceil(n / columns), columns], [side, side], plain);
  };
  const drawLarge = () => {
    const across = 28 * Math.ceil(224 / 28);
    Object.assign(large, { width: across, height: Math.round((across * gh) / gw) });
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    if (picture.complete && picture.naturalWidth) context.drawImage(picture, 0, 0, large.width, large.height);
    const cells = document.createElement("canvas");
    const from = ((view.at * depth + view.layer) * count + view.head) * gh * gw;
    tiles(cells, attention, from, [1, 1], [gh, gw], heat);
    context.globalAlpha = 0.6;
    context.drawImage(cells, 0, 0, large.width, large.height);
    context.globalAlpha = 1;
    const most = (Math.max(...attention.subarray(from, from + gh * gw)) / 255) * data.top;
    large.nextElementSibling.textContent = `How much of the attention of ${data.asker} each patch gets: here at most ${(
      100 * most
    ).toFixed(1)} %. Looking everywhere alike would be ${(100 / (gh * gw)).toFixed(1)} %.`;
    find(".where").textContent = `Block ${view.layer}, head ${view.head}`;
    large.setAttribute("aria-label", `Attention of block ${view.layer}, head ${view.head} over the picture`);
  };
  const drawHeads = () => {
    const [across, down] = tiles(heads, attention, view.at * depth * count * gh * gw, [depth, count], data.grid, heat);
    const context = heads.getContext("2d");
    Object.assign(context, { strokeStyle: "#ffb000", lineWidth: 4 });
    context.strokeRect(view.head * across + 2, view.layer * down + 2, across - GAP - 4, down - GAP - 4);
    heads.setAttribute("aria-label", `Attention of ${count} heads in ${depth} blocks, ${data.names[view.at]}`);
  };
  const drawBars = () => {
    const shares = data.probabilities[view.at];
    const order = data.classes.map((_, i) => i);
    if (order.length > 10) order.sort((a, b) => shares[b] - shares[a]).splice(10);
    bars.replaceChildren(
      ...order.map((i) => {
        const row = document.createElement("div");
        const [name, bar, number] = ["span", "i", "b"].map((tag) => document.createElement(tag));
        name.textContent = name.title = data.classes[i];
        bar.style.width = `${100 * shares[i]}%`;
        number.textContent = shares[i] > 0.9995 ? "> 99.9 %" : `${(100 * shares[i]).toFixed(1)} %`;
        [name, bar, number].forEach((part) => row.append(part));
        row.className = i === data.truth ? "truth" : "";
        return row;
      }),
    );
    const right = data.truth < 0 ? "" : "Green: what it really is. The model never learns from this picture.";
    bars.nextElementSibling.textContent = `Probability of every class. ${right}`;
  };
  const show = (at) => {
    view.at = at;
    view.step = data.steps[at];
    slider.value = at;
    slider.setAttribute("aria-valuetext", data.names[at]);
    output.textContent = data.names[at];
    drawHeads();
    drawLarge();
    drawBars();
    drawFilters(now, at);
    tiles(find(".after"), vectors, at * gh * gw * 3, [1, 1], data.grid, plain);
    if (likeness) tiles(find(".places canvas"), likeness, at * (gh * gw) ** 2, data.grid, data.grid, heat);
  };
  const stop = () => {
    clearInterval(view.timer);
    view.timer = null;
    button.textContent = "▶ Play";
  };
  const send = () => {
    view.followed = view.at === last;
    setTriggerValue("step", data.steps[view.at]);
  };
  const choose = (layer, head) => {
    view.layer = Math.min(Math.max(layer, 0), depth - 1);
    view.head = Math.min(Math.max(head, 0), count - 1);
    drawHeads();
    drawLarge();
  };

  stop();
  slider.max = last;
  picture.onload = drawLarge;
  picture.src = data.picture;
  heads.nextElementSibling.textContent = `A row a block, a column a head; bright is ${(100 * data.top).toFixed(
    0,
  )} %, the same for all steps. Click one, or use the arrow keys.`;
  find(".places").hidden = !likeness;
  find(".places canvas").setAttribute("aria-label", "Likeness of the positions of all patches");
  find(".places figcaption").textContent =
    "One small map a place: how like is its position to that of every other? Dark −1, bright 1. Where neighbours grow alike, the model has learnt what lies beside what.";
  drawFilters(first, 0);
  tiles(find(".before"), vectors, 0, [1, 1], data.grid, plain);
  show(view.at);

  slider.oninput = () => {
    stop();
    view.followed = false;
    show(Number(slider.value));
  };
  slider.onchange = send;
  heads.onclick = (event) => {
    const { left, top, width, height } = heads.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    choose(Math.floor(y * depth), Math.floor(x * count));
  };
  heads.onkeydown = (event) => {
    const move = ARROWS[event.key];
    if (!move) return;
    event.preventDefault();
    choose(view.layer + move[0], view.head + move[1]);
  };
  button.onclick = () => {
    if (view.timer !== null) {
      stop();
      send();
      return;
    }
    view.followed = false;
    button.textContent = "⏸ Stop";
    show(view.at === last ? 0 : view.at);
    view.timer = setInterval(() => {
      show(Math.min(view.at + 1, last));
      if (view.at === last) {
        stop();
        send();
      }
    }, PLAY);
  };
  return stop;
}
