// A camera's picture, and frames of it for Python: the next is sent when the last has been dealt with.

const SHORT = 288; // pixels of a frame's shorter side: models see 224 or little more
const PAUSE = 200; // milliseconds between two frames at least
const LONGEST = 5000; // milliseconds to wait for an answer that does not come
const cameras = new WeakMap();

class Camera {
  constructor(parent) {
    const box = Object.assign(document.createElement("div"), { className: "camera" });
    box.dataset.testid = "camera";
    box.innerHTML = `<div class="view"><video playsinline muted></video><output></output></div>
      <p role="status"></p><button type="button" class="start">Start the camera</button>
      <button type="button" class="take">Hold to take pictures</button>`;
    parent.append(box);
    const parts = ["video", "output", "p", ".start", ".take"].map((part) => box.querySelector(part));
    [this.video, this.output, this.status, this.startButton, this.takeButton] = parts;
    this.box = box;
    this.canvas = document.createElement("canvas");
    this.startButton.onclick = () => (this.stream ? this.stop() : this.start());
    const hold = (held) => () => {
      this.held = held;
      this.next();
    };
    this.takeButton.onpointerdown = hold(true);
    this.takeButton.onpointerup = this.takeButton.onpointerleave = this.takeButton.onpointercancel = hold(false);
    this.takeButton.oncontextmenu = (event) => event.preventDefault(); // what a long press does on a phone
    this.takeButton.onclick = (event) => event.detail === 0 && this.send(); // a key: one picture
  }

  async start() {
    this.status.textContent = "";
    if (!navigator.mediaDevices) {
      this.status.textContent =
        "This browser gives no camera here: it does so only over https, or on the computer the app runs on.";
      return;
    }
    this.startButton.disabled = true; // until the person has allowed it: a second stream would never be stopped
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "environment" } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      this.status.textContent = `The camera cannot be used (${error.name}). Allow it, or upload pictures.`;
    }
    this.startButton.disabled = false;
    this.show();
    this.next();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.video.srcObject = null;
    this.show();
  }

  show() {
    this.box.classList.toggle("on", Boolean(this.stream));
    this.box.dataset.mode = this.mode;
    this.startButton.textContent = this.stream ? "Stop the camera" : "Start the camera";
  }

  wanted() {
    return this.stream && (this.mode === "running" || this.held);
  }

  next() {
    clearTimeout(this.pause);
    if (!this.box.isConnected) return this.stop();
    if (!this.wanted() || this.waiting) return;
    this.pause = setTimeout(() => this.send(), Math.max(0, PAUSE - (performance.now() - (this.sentAt ?? 0))));
  }

  send() {
    if (!this.box.isConnected) return this.stop();
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.stream || this.waiting || !width) return;
    const scale = SHORT / Math.min(width, height);
    Object.assign(this.canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    this.sentAt = performance.now();
    this.waiting = true;
    this.patience = setTimeout(() => this.dealtWith(), LONGEST);
    this.tell("frame", this.canvas.toDataURL("image/jpeg", 0.9));
  }

  dealtWith() {
    clearTimeout(this.patience);
    this.waiting = false;
    this.next();
  }

  receive({ mode, answered, says }) {
    this.mode = mode;
    this.output.textContent = says;
    if (answered !== this.answered) {
      this.answered = answered;
      this.dealtWith();
    }
    this.show();
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  if (!cameras.has(parentElement)) cameras.set(parentElement, new Camera(parentElement));
  const camera = cameras.get(parentElement);
  camera.tell = setTriggerValue;
  camera.receive(data);
  return () => setTimeout(() => camera.box.isConnected || camera.stop(), 1000);
}
