// Streamlit's door. It is opened again whenever data or theme change, so there is one picture a mount.

const pictures = new WeakMap();

export default function ({ data: [data], parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".whole");
  if (!pictures.has(root)) pictures.set(root, new WholeModel(root));
  const picture = pictures.get(root);
  // Which block is unfolded outlasts a run; what is pinned or asked for is told once.
  picture.send = (name, value) => (name === "unfolded" ? setStateValue(name, value) : setTriggerValue(name, value));
  picture.receive(data);
  const run = (picture.run = (picture.run ?? 0) + 1);
  return () => picture.run === run && picture.close();
}
