// The numbers behind the picture of the whole model, from the file that payload.py packed.

class Ways {
  constructor({ header, arrays, shapes }) {
    Object.assign(this, { header, arrays });
    [this.blocks, this.tokens, this.count] = shapes.sources;
    this.levels = this.blocks + 1;
    this.prefix = header.prefix.length;
    [this.rows, this.columns] = header.grid;
    [this.imageHeight, this.imageWidth] = shapes.image;
    this.mostToward = (arrays.toward ?? []).reduce((most, x) => (Math.abs(x) > most ? Math.abs(x) : most), 1e-9);
  }

  name(token) {
    const place = this.place(token);
    return place ? `patch (${place[0]}, ${place[1]})` : this.header.prefix[token];
  }

  /** [row, column] of a patch; null for a token that belongs to none. */
  place(token) {
    const patch = token - this.prefix;
    return patch < 0 ? null : [Math.floor(patch / this.columns), patch % this.columns];
  }

  patchToken(row, column) {
    const inside = (x, size) => Math.min(Math.max(x, 0), size - 1);
    return this.prefix + inside(row, this.rows) * this.columns + inside(column, this.columns);
  }

  /** The tokens that `token` takes most from in a block: [{token, share}], the most first. */
  sources(block, token) {
    const start = (block * this.tokens + token) * this.count;
    return Array.from({ length: this.count }, (_, i) => ({
      token: this.arrays.sources[start + i],
      share: this.arrays.shares[start + i],
    }));
  }

  /** What a block adds to the token: lengths of attention's and the MLP's part, and of the vector before. */
  added(block, token) {
    const at = block * this.tokens + token, { attention, mlp, length } = this.arrays;
    return { attention: attention[at], mlp: mlp[at], before: length[at], after: length[at + this.tokens] };
  }

  /** How far the token points to the answer at a level; NaN where nobody reads it. */
  toward(level, token) {
    return this.arrays.toward ? this.arrays.toward[level * this.tokens + token] : NaN;
  }
}
