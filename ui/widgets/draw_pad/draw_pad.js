// A black square and a white pen. Pointer events serve mouse, pen and finger alike.
const SIDE = 224; // pixels of the drawing, whatever its size on the screen
const PEN = 18; // about the stroke width of MNIST's digits at this size

function build(parent) {
  const box = document.createElement("div");
  box.className = "pad";
  box.dataset.testid = "draw-pad";
  box.innerHTML = `<canvas width="${SIDE}" height="${SIDE}" role="img" aria-label="Draw a digit here"></canvas>
    <button type="button">Clear</button>`;
  parent.append(box);
  const context = box.querySelector("canvas").getContext("2d");
  context.fillRect(0, 0, SIDE, SIDE);
  return box;
}

export default function ({ parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".pad") ?? build(parentElement);
  const canvas = box.querySelector("canvas");
  const context = canvas.getContext("2d");
  let last = null;
  let sending = null;

  const place = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE];
  };
  const line = (from, to) => {
    Object.assign(context, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  };

  canvas.onpointerdown = (event) => {
    clearTimeout(sending); // a digit of several strokes is sent once, after the last
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line(last, last);
  };
  canvas.onpointermove = (event) => {
    if (!last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const next = place(each);
      line(last, next);
      last = next;
    }
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!last) return;
    last = null;
    clearTimeout(sending);
    sending = setTimeout(() => setTriggerValue("drawn", canvas.toDataURL("image/png")), 250);
  };
  box.querySelector("button").onclick = () => {
    clearTimeout(sending);
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
  };
}
