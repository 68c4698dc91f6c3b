// One request at a time while the slider is dragged; the place where it is let go is sent last.

const LONGEST = 2000; // milliseconds to wait for an answer, which a run that was overtaken does not give
const sliders = new WeakMap();

class LiveSlider {
  constructor(parent) {
    const box = Object.assign(document.createElement("label"), { className: "live-slider" });
    box.dataset.testid = "live-slider";
    box.innerHTML = `<span><b></b><output></output></span><input type="range" min="0" step="1">`;
    parent.append(box);
    [this.name, this.output, this.input] = ["b", "output", "input"].map((part) => box.querySelector(part));
    this.asked = null; // the value that no run has come back with yet
    this.input.oninput = () => {
      this.say();
      this.ask();
    };
    this.input.onchange = () => this.send("released", Number(this.input.value));
    this.input.onpointerdown = () => (this.held = true);
    this.input.onpointerup = this.input.onpointercancel = () => (this.held = false);
  }

  say() {
    this.output.textContent = `${this.input.value} of 0 – ${this.input.max}`;
  }

  ask() {
    const value = Number(this.input.value);
    if (this.asked !== null || value === this.value) return;
    this.asked = value;
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.answered(), LONGEST);
    this.send("moved", value);
  }

  answered() {
    clearTimeout(this.patience);
    this.asked = null;
    if (this.held) this.ask();
  }

  receive({ label, value, highest }) {
    this.value = value;
    this.name.textContent = label;
    this.input.max = highest;
    if (!this.held && this.asked === null) this.input.value = value;
    if (this.asked === value || !this.held) this.answered();
    this.say();
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  if (!sliders.has(parentElement)) sliders.set(parentElement, new LiveSlider(parentElement));
  const slider = sliders.get(parentElement);
  slider.send = setTriggerValue;
  slider.receive(data);
  return () => clearTimeout(slider.patience);
}
