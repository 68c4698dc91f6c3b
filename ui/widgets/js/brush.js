// A brush over the cells of a grid: the first cell of a stroke says whether it hides or shows.
// `state` (hidden: a set of cells) outlasts a run of the page, so that a stroke does too.
function brush([rows, columns], state, painted, done) {
  const width = Math.max(1, Math.round(columns / 16)); // cells; a fine grid wants a broad brush
  const dab = (top, left) => {
    for (let row = top; row < Math.min(top + width, rows); row++)
      for (let column = left; column < Math.min(left + width, columns); column++)
        state.hidden[state.hides ? "add" : "delete"](row * columns + column);
  };
  const to = (cell) => {
    if (!state.stroke || cell === null) return;
    const top = Math.floor(state.last / columns), left = state.last % columns;
    const down = Math.floor(cell / columns) - top, right = (cell % columns) - left;
    const steps = Math.max(Math.abs(down), Math.abs(right), 1); // a fast pointer jumps over cells
    for (let step = 1; step <= steps; step++)
      dab(top + Math.round((down * step) / steps), left + Math.round((right * step) / steps));
    state.last = cell;
    painted();
  };
  const from = (cell) => {
    if (cell === null) return;
    Object.assign(state, { hides: !state.hidden.has(cell), last: cell, stroke: true });
    to(cell);
  };
  const end = () => {
    if (!state.stroke) return;
    state.stroke = false;
    done([...state.hidden].sort((a, b) => a - b));
  };
  return { from, to, end };
}
