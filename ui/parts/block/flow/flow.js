// Vectors as blocks of cells in rows, each with what was done to get it; the number under the pointer below.

const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });

function cells({ name, shape: [rows, columns], values, low, high, colours }, say) {
  const numbers = floats(values);
  const canvas = make("canvas", "cells");
  Object.assign(canvas, { width: columns, height: rows, tabIndex: 0 });
  canvas.style.aspectRatio = `${columns} / ${rows}`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${name}: ${numbers.length} numbers`);
  const context = canvas.getContext("2d");
  const colour = palette(colours);
  const pixels = new ImageData(columns, rows);
  numbers.forEach((value, i) => pixels.data.set([...colour(high > low ? (value - low) / (high - low) : 0.5), 255], 4 * i));
  context.putImageData(pixels, 0, 0);

  let at = null;
  const point = (r, c) => {
    at = [r, c];
    const i = r * columns + c;
    say(`${name} · number ${i}: ${number(numbers[i])}`);
  };
  canvas.onpointermove = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const within = (place, count) => Math.min(Math.max(Math.floor(place * count), 0), count - 1);
    point(within((clientY - top) / height, rows), within((clientX - left) / width, columns));
  };
  canvas.onpointerleave = canvas.onblur = () => say("");
  canvas.onkeydown = (event) => {
    if (!ARROWS[event.key]) return;
    const [r, c] = at ?? [0, -1];
    const [down, right] = at ? ARROWS[event.key] : [0, 1];
    point(Math.min(Math.max(r + down, 0), rows - 1), Math.min(Math.max(c + right, 0), columns - 1));
    event.preventDefault();
  };
  return canvas;
}

function step({ operation, note, symbol, shape, length, vectors }, say) {
  const box = make("div", "step");
  if (operation) {
    const arrow = make("div", "arrow");
    arrow.append(make("span", "operation", operation), make("span", "line"), make("span", "note", note));
    box.append(arrow);
  }
  const vector = make("div", "vector");
  const stack = make("div", "stack");
  stack.append(...vectors.map((one) => cells(one, say)));
  vector.append(make("b", "symbol", symbol), stack, make("span", "shape", shape), make("span", "length", length));
  box.append(vector);
  return box;
}

export default function ({ data: [data], parentElement }) {
  let box = parentElement.querySelector(".flow");
  if (!box) {
    box = make("div", "flow");
    box.dataset.testid = "flow";
    parentElement.append(box);
  }
  const readout = make("div", "readout");
  readout.setAttribute("aria-live", "polite");
  const say = (text) => (readout.textContent = text);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", data.alt);
  box.replaceChildren(
    ...data.rows.flatMap(({ title, steps }) => {
      const row = make("div", "row");
      row.append(...steps.map((one) => step(one, say)));
      return [make("div", "title", title), row];
    }),
    readout
  );
  box.dataset.ready = "true";
}
