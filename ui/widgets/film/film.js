// Every level's colours on one canvas. Scrubbing and playing stay here; the level one stops at is sent.
const STEP = 450; // milliseconds a level

function build(parent) {
  const box = document.createElement("div");
  box.className = "film";
  box.dataset.testid = "film";
  box.innerHTML = `<canvas role="img"></canvas>
    <div class="line"><button type="button"></button><input type="range" min="0" step="1" aria-label="Level"></div>
    <output></output>`;
  parent.append(box);
  return box;
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".film") ?? build(parentElement);
  box.leave?.(); // Streamlit itself lets only the last run clear up
  const [canvas, button, slider, output] = ["canvas", "button", "input", "output"].map((s) => box.querySelector(s));
  const [gh, gw] = data.grid;
  const last = data.names.length - 1;
  const colours = Uint8Array.from(atob(data.colours), (char) => char.charCodeAt(0));
  let timer = null;

  if (canvas.width !== gw || canvas.height !== gh) Object.assign(canvas, { width: gw, height: gh });
  const context = canvas.getContext("2d");
  const show = (level) => {
    context.putImageData(rgbPixels(gw, gh, colours, level * gh * gw * 3), 0, 0);
    slider.value = level;
    slider.setAttribute("aria-valuetext", data.names[level]);
    output.textContent = data.names[level];
    canvas.setAttribute("aria-label", `${data.alt}, ${data.names[level]}`);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "▶ Play";
  };
  const send = () => Number(slider.value) !== data.level && setTriggerValue("level", Number(slider.value));

  slider.max = last;
  stop();
  show(data.level);
  slider.oninput = () => {
    stop();
    show(Number(slider.value));
  };
  slider.onchange = send;
  button.onclick = () => {
    if (timer !== null) {
      stop();
      send();
      return;
    }
    button.textContent = "⏸ Stop";
    show(Number(slider.value) === last ? 0 : Number(slider.value));
    timer = setInterval(() => {
      show(Number(slider.value) + 1);
      if (Number(slider.value) === last) {
        stop();
        send();
      }
    }, STEP);
  };
  box.leave = stop;
  return stop;
}
