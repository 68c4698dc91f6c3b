// What is written and pressed around the canvas: stages, block numbers, answers by block, the answer.

const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });

class Labels {
  /** `does`: what a press asks for, {page(name), unfold(block), look(block)}. */
  constructor(box, does) {
    this.box = box;
    this.does = does;
  }

  build(data, ways, layout) {
    const put = (child, { x, y, width, height }) => {
      Object.assign(child.style, { left: `${x}px`, top: `${y}px`, width: `${width}px` });
      if (height) child.style.height = `${height}px`;
      this.box.append(child);
      return child;
    };
    this.box.replaceChildren();
    for (const [place, room] of Object.entries(layout.places)) put(this.stages(data.stages, place), room);
    for (const row of ["button", "bars", ...(ways.arrays.toward ? ["toward"] : []), ...(data.says ? ["says"] : [])]) {
      const room = layout.heading(row);
      if (room) put(this.heading(row, data, !room.upright), room);
    }
    this.box.style.setProperty("--step", `${layout.entry("button", 1).width}px`);
    this.numbers = [], this.says = [];
    for (let level = 0; level < ways.levels; level++) {
      this.numbers.push(put(this.number(level), layout.entry("button", level)));
      if (!data.says || (ways.blocks - level) % layout.every) continue;
      const room = layout.entry("says", level);
      this.says.push([level, put(this.said(data.says[level], !room.upright), room)]);
    }
    this.answer = put(this.answers(data), layout.answer);
  }

  stages(stages, place) {
    const box = element("div", "stage");
    for (const { name, title, words } of stages.filter((stage) => stage.place === place)) {
      const button = Object.assign(element("button", "", title), { type: "button", title: words });
      button.onclick = () => this.does.page(name);
      box.append(button);
    }
    return box;
  }

  heading(row, data, flat) {
    const box = element("div", flat ? "heading flat" : "heading"), line = (text, ...more) => {
      const span = element("span", "", "");
      span.append(...more, text);
      box.append(span);
    };
    const colour = (of) => {
      const i = element("i", "");
      i.style.background = of;
      return i;
    };
    if (row === "button") line("after block");
    if (row === "bars") {
      line(flat ? "added by" : "added to its vector by");
      line("attention", colour(ATTENTION));
      line("MLP", colour(MLP));
    }
    if (row === "toward") line(data.signed ? `points ${data.toward}` : "cosine with the output", ...(flat ? [colour(MORE)] : []));
    if (row === "says") line("would say");
    return box;
  }

  /** A block's button; before the first block there is nothing to unfold. */
  number(level) {
    const box = element("div", "number");
    if (!level) {
      box.textContent = "in";
      return box;
    }
    const button = Object.assign(element("button", "", String(level - 1)), { type: "button", title: `Unfold block ${level - 1}` });
    button.setAttribute("aria-label", `block ${level - 1}`);
    button.setAttribute("aria-expanded", "false");
    button.onclick = () => this.does.unfold(level - 1);
    button.onpointerenter = button.onfocus = () => this.does.look(level - 1);
    box.append(button);
    return box;
  }

  said([name, words], flat) {
    const box = Object.assign(element("div", flat ? "says flat" : "says"), { title: `${name} ${words}` });
    box.append(element("b", "", name), element("span", "", words));
    return box;
  }

  answers({ answer, settled }) {
    const box = element("div", "answer"), list = element("ol", "");
    for (const { name, words, share } of answer) {
      const item = element("li", "", `${name} ${words}`);
      if (share !== null) {
        const bar = element("i", "");
        bar.style.width = `${100 * Math.min(1, share)}%`;
        item.append(bar);
      }
      list.append(item);
    }
    if (answer.length) box.append(list);
    box.append(element("span", "", settled));
    return box;
  }

  draw({ reached, unfolded }, levels) {
    this.numbers.forEach((box, level) => {
      box.classList.toggle("later", level > reached);
      box.querySelector("button")?.setAttribute("aria-expanded", String(unfolded === level - 1));
    });
    this.says.forEach(([level, box]) => box.classList.toggle("later", level > reached));
    this.answer.classList.toggle("later", reached < levels);
  }
}
