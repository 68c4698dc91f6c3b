// The buttons and sliders: each changes the view while it is moved, and tells Python when let go.

let groups = 0; // radio buttons of one explorer must not share a name with those of another

function attachControls(explorer) {
  const { root } = explorer, find = (selector) => root.querySelector(selector);
  const [layer, head] = [find("input.layer"), find("input.head")];
  layer.oninput = () => explorer.select(Number(layer.value), explorer.view.column);
  head.oninput = () => explorer.select(explorer.view.layer, Number(head.value));
  layer.onchange = head.onchange = () => explorer.tell();
  find(".fusion").onchange = (event) => {
    const fusion = FUSIONS.indexOf(event.target.value);
    explorer.select(explorer.view.layer, fusion < 0 ? Number(head.value) : explorer.numbers.heads + fusion);
  };
  for (const choice of root.querySelectorAll(".choice")) {
    for (const button of choice.querySelectorAll("input")) {
      button.name = `${choice.dataset.name}-${groups}`;
      button.onchange = () => explorer.set({ [choice.dataset.name]: button.value });
    }
  }
  groups++;
  find("select.scale").onchange = (event) => explorer.set({ scale: event.target.value });
  find("select.compare").onchange = (event) => {
    explorer.hold();
    explorer.held.stage.closest("figure").hidden = event.target.value === "nothing";
    root.classList.toggle("comparing", event.target.value !== "nothing");
    explorer.set({ compare: event.target.value });
  };
  find(".opacity").oninput = (event) => explorer.set({ opacity: event.target.value / 100 });
  find(".play").onclick = () => (explorer.playing ? explorer.stop() : explorer.play());
  find(".unpin").onclick = () => explorer.unpin();
  find(".save").onclick = () => explorer.picture.save(explorer.scales.main, explorer.words, explorer.view.opacity);
}

/** Limits of the sliders for a new payload. */
function loadControls({ root, numbers }) {
  root.querySelector("input.layer").max = numbers.rows - 1;
  root.querySelector("input.head").max = numbers.heads - 1;
}

/** Captions, and controls that follow what was chosen elsewhere. */
function drawControls(explorer) {
  const { root, view, numbers, playing } = explorer, find = (selector) => root.querySelector(selector);
  if (!numbers) return;
  const { layer, column } = view, fused = column >= numbers.heads;
  const put = (element, text) => element.textContent !== text && (element.textContent = text);
  find("input.layer").value = layer;
  put(find(".layer-name"), layer < numbers.layers ? `${layer} of 0 – ${numbers.layers - 1}` : "MAP head");
  if (!fused) find("input.head").value = column;
  put(find(".head-name"), fused ? numbers.columnName(column) : `${column} of 0 – ${numbers.heads - 1}`);
  find(".fusion").value = fused ? numbers.columnName(column) : "";
  find(".choice[data-name=zoom]").querySelector(`[value=${view.zoom}]`).checked = true;
  put(find(".play"), playing ? "⏸ Pause" : "▶ Play blocks");
  find(".play").setAttribute("aria-pressed", String(Boolean(playing)));
  find(".unpin").hidden = !view.pinned;
  put(explorer.picture.caption, explorer.title(view));
  const shown = { all: "Every head of every block", layer: `Block ${numbers.layerName(layer)}`, head: "One head" };
  const here = numbers.layers - numbers.missing.size;
  const arrived = numbers.missing.size ? ` · fetched so far: ${here} of ${numbers.layers} blocks` : "";
  put(explorer.heads.caption, `${shown[view.zoom]}, for the same token${arrived}`);
  const whole = view.measure === "attention" ? "The whole pattern" : "All contributions";
  put(explorer.matrix.caption, `${whole}: ${numbers.tokens} queries × ${numbers.tokens} keys`);
  put(explorer.readout.help, view.pinned
    ? "Pinned: move over the picture to read the other tokens. Click the token again, or Escape, to let go."
    : "Move over the picture: the token under the pointer is followed in every head. Click to pin it.");
}
