// Tokens and their places: prefix tokens first, then patches row by row, or squares of them where they were too many.

class TokenGrid {
  constructor({ prefix, grid, side = 1, fullGrid = grid }) {
    Object.assign(this, { names: prefix, prefix: prefix.length, side, fullGrid });
    [this.gridHeight, this.gridWidth] = grid;
  }

  tokenName(token) {
    if (token < this.prefix) return this.names[token];
    const patch = token - this.prefix, where = `(${Math.floor(patch / this.gridWidth)}, ${patch % this.gridWidth})`;
    return `${this.side > 1 ? "square" : "patch"} ${where}`;
  }

  /** The token of a row and column of the grid, each held inside it. */
  patchToken(row, column) {
    const inside = (x, size) => Math.min(Math.max(x, 0), size - 1);
    return this.prefix + inside(row, this.gridHeight) * this.gridWidth + inside(column, this.gridWidth);
  }

  rowColumn(token) {
    const patch = token - this.prefix;
    return patch < 0 ? null : [Math.floor(patch / this.gridWidth), patch % this.gridWidth];
  }

  /** Where patches are merged: the model's own token in the middle of a block, and the way back. */
  toModel(token) {
    const place = this.rowColumn(token), { side, fullGrid } = this;
    if (!place) return token;
    const [row, column] = place.map((x, axis) => Math.min(x * side + (side >> 1), fullGrid[axis] - 1));
    return this.prefix + row * fullGrid[1] + column;
  }

  fromModel(token) {
    const patch = token - this.prefix, { side, fullGrid } = this;
    if (patch < 0) return token;
    return this.patchToken(Math.floor(Math.floor(patch / fullGrid[1]) / side), Math.floor((patch % fullGrid[1]) / side));
  }
}
