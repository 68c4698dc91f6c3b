// Streamlit's door. It is opened again whenever data or theme change, so there is one explorer a mount.

const explorers = new WeakMap();

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer");
  if (!explorers.has(root)) explorers.set(root, new Explorer(root));
  const explorer = explorers.get(root);
  explorer.send = setTriggerValue;
  explorer.receive(data);
  // Streamlit also cleans up after a run that was overtaken by the next one: only the last may close.
  const run = (explorer.run = (explorer.run ?? 0) + 1);
  return () => explorer.run === run && explorer.close();
}
