// Thumbnails as real buttons: keyboard and screen readers come for free.
function thumbnail({ name, image }) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = name.replaceAll("_", " ");
  button.dataset.sample = name;
  button.setAttribute("aria-label", button.title);
  const picture = document.createElement("img");
  picture.src = image;
  picture.alt = "";
  button.append(picture);
  return button;
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  let box = parentElement.querySelector(".gallery");
  if (!box) {
    box = document.createElement("div");
    box.className = "gallery";
    box.dataset.testid = "gallery";
    parentElement.append(box);
  }
  const names = data.items.map(({ name }) => name).join();
  if (box.dataset.names !== names) {
    box.dataset.names = names;
    box.replaceChildren(...data.items.map(thumbnail));
  }
  for (const button of box.children) {
    button.setAttribute("aria-pressed", String(data.chosen.includes(button.dataset.sample)));
    button.onclick = () => setTriggerValue("picked", button.dataset.sample);
  }
}
