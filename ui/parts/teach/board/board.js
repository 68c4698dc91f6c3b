// Rows of classes with their pictures, all of them buttons.

function button(className, label, pressed) {
  const made = Object.assign(document.createElement("button"), { type: "button", className });
  made.setAttribute("aria-label", label);
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  return made;
}

function row({ name, colour, count, items }, number, chosen, tell) {
  const box = Object.assign(document.createElement("div"), { className: "row" });
  box.style.setProperty("--class", colour);
  const pictures = `${count} picture${count === 1 ? "" : "s"}`;
  const head = button("name", `${name}, ${pictures}`, number === chosen);
  const title = Object.assign(document.createElement("b"), { textContent: name });
  const how = Object.assign(document.createElement("span"), { textContent: pictures });
  head.append(title, how);
  head.onclick = () => tell("chosen", number);
  const strip = Object.assign(document.createElement("div"), { className: "strip" });
  for (const item of items) {
    const one = button("picture", `Take ${item.name} out of ${name}`);
    one.title = `${item.name}: press to take it out`;
    one.append(Object.assign(document.createElement("img"), { src: item.image, alt: "" }));
    one.onclick = () => tell("removed", item.key);
    strip.append(one);
  }
  if (count > items.length)
    strip.append(Object.assign(document.createElement("i"), { textContent: `and ${count - items.length} more` }));
  box.append(head, strip);
  return box;
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  let box = parentElement.querySelector(".board");
  if (!box) {
    box = Object.assign(document.createElement("div"), { className: "board" });
    box.dataset.testid = "board";
    parentElement.append(box);
  }
  const focused = [...box.querySelectorAll("button")].indexOf(box.getRootNode().activeElement);
  box.replaceChildren(...data.rows.map((one, number) => row(one, number, data.chosen, setTriggerValue)));
  if (focused >= 0) box.querySelectorAll("button")[focused]?.focus();
}
