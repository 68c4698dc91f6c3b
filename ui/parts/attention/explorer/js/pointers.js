// Mouse, pen and finger on the four figures.

function attachPointers(explorer) {
  const { picture, heads, matrix } = explorer;
  const ready = (work) => (event) => explorer.numbers && work(event);
  const over = (element, move, leave = () => explorer.leave()) => {
    element.onpointermove = element.onpointerdown = ready(move);
    element.onpointerleave = ready(leave);
  };

  over(picture.stage, (event) => {
    const token = picture.tokenAt(event);
    if (token !== null) explorer.visit(token);
  });
  picture.stage.onclick = ready((event) => {
    const token = picture.tokenAt(event);
    if (token !== null) explorer.pin(token);
  });

  const chipOf = (event) => event.target.closest("button")?.dataset.token;
  const visitChip = ready((event) => {
    const token = chipOf(event);
    if (token !== undefined && token !== "probe") explorer.visit(Number(token));
  });
  picture.chips.onpointerover = picture.chips.onfocusin = visitChip;
  picture.chips.onpointerleave = picture.chips.onfocusout = ready(() => explorer.leave());
  picture.chips.onclick = ready((event) => {
    const token = chipOf(event);
    if (token === "probe") explorer.select(explorer.numbers.layers, explorer.view.column);
    else if (token !== undefined) explorer.pin(Number(token));
  });

  over(heads.area, (event) => {
    const cell = heads.cellAt(event);
    if (!cell || cell.token === null) return explorer.leave();
    explorer.set({ token: explorer.home, other: cell.token, reading: { layer: cell.layer, column: cell.column } });
  });
  heads.area.onclick = ready((event) => {
    const cell = heads.cellAt(event);
    if (!cell) return;
    explorer.select(cell.layer, cell.column);
    explorer.tell();
  });
  heads.area.ondblclick = ready(() => explorer.set({ zoom: explorer.view.zoom === "head" ? "all" : "head" }));

  over(matrix.area, (event) => {
    const cell = matrix.cellAt(event);
    if (cell) showCell(explorer, cell);
  });
  matrix.area.onclick = ready((event) => {
    const cell = matrix.cellAt(event);
    if (cell) explorer.pin(explorer.view.direction === "from" ? cell.query : cell.key);
  });
}

/** Look at one cell of the matrix, whatever is pinned. */
function showCell(explorer, { query, key }) {
  const from = explorer.view.direction === "from";
  explorer.set({ token: from ? query : key, other: from ? key : query, reading: null });
}
