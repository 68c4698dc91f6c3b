// Thumbnails as real buttons: keyboard and screen readers come for free.
export default function ({ data, parentElement, setTriggerValue }) {
  let box = parentElement.querySelector(".gallery");
  if (!box) {
    box = document.createElement("div");
    box.className = "gallery";
    box.dataset.testid = "gallery";
    parentElement.append(box);
  }
  box.replaceChildren(
    ...data.items.map(({ name, image }) => {
      const button = document.createElement("button");
      const label = name.replaceAll("_", " ");
      button.type = "button";
      button.title = label;
      button.dataset.sample = name;
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-pressed", String(name === data.chosen));
      button.onclick = () => setTriggerValue("picked", name);
      const picture = document.createElement("img");
      picture.src = image;
      picture.alt = "";
      button.append(picture);
      return button;
    }),
  );
}
