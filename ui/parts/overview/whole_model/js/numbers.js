// The numbers behind the picture of the whole model, from the file that payload.py packed.

class Ways extends TokenGrid {
  constructor({ header, arrays, shapes }) {
    super(header);
    this.arrays = arrays;
    [this.blocks, this.tokens, this.count] = shapes.sources;
    this.levels = this.blocks + 1;
    [this.imageHeight, this.imageWidth] = shapes.image;
    this.mostToward = (arrays.toward ?? []).reduce((most, x) => (Math.abs(x) > most ? Math.abs(x) : most), 1e-9);
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
