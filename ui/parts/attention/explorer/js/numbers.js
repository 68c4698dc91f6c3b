// The numbers behind every picture here: maps of one query, heads fused, rollout, ranks.

const ONLY_ATTENTION = "Rollout is defined for the blocks' attention.";
const FUSIONS = ["mean", "max", "min", "rollout"];

/**
 * Maps of attention. A *column* is a head, or (from `heads` on) one of FUSIONS. A layer past the last
 * is the MAP head, whose only query is its probe. A map has one number a token: attention *from* one
 * token (the query) to each, or *to* one token (the key) from each. NaN: there is no such number, or its layer is
 * `missing`, still on its way.
 * Which map, says a view: {token, direction: "from" | "to", measure: "attention" | "contribution"}.
 */
class Numbers extends TokenGrid {
  constructor(url, { header, arrays, shapes, missing, fetchBlock }) {
    super(header);
    Object.assign(this, { url, header, arrays, missing, fetchBlock });
    [this.layers, this.heads, this.tokens] = shapes.pattern;
    this.columns = this.heads + FUSIONS.length;
    this.rows = this.layers + (arrays.probe ? 1 : 0);
    this.rollout = arrays.rollout ?? null;
    this.fused = FUSIONS.slice(0, 3).map(() => new Float32Array(this.tokens));
    this.one = new Float32Array(this.tokens);
    // What the first token, CLS where there is one, takes in every head is little, so it has come with the rest.
    const n = this.tokens, { pattern, firstRow } = arrays;
    for (const layer of missing) {
      for (let at = layer * this.heads; at < (layer + 1) * this.heads; at++) {
        pattern.set(firstRow.subarray(at * n, (at + 1) * n), at * n * n);
      }
    }
  }

  /** Is what a token takes in a layer there? */
  knows(layer, token) {
    return !this.missing.has(layer) || token === 0;
  }

  /** Why a map has no numbers. */
  whyNot(layer, column, measure) {
    const rollout = column === this.columns - 1, here = this.layers - this.missing.size;
    if (layer === this.layers) return rollout ? ONLY_ATTENTION : "The values of the MAP head are not recorded.";
    if (rollout && measure !== "attention") return ONLY_ATTENTION;
    if (this.missing.size && this.failed) return `Block ${layer} could not be fetched.`;
    if (this.missing.has(layer)) return `Block ${layer} is on its way …`;
    if (!rollout) return "There is no such number.";
    return this.missing.size ? `Rollout needs all blocks: ${here} of ${this.layers} are here.` : "Rollout is being worked out …";
  }

  /** Column's name as tests and readouts have it: a head's number, or the fusion's name. */
  columnName(column) {
    return column < this.heads ? String(column) : FUSIONS[column - this.heads];
  }

  layerName(layer) {
    return layer < this.layers ? String(layer) : "MAP";
  }

  /** One head's map into `out`. */
  head(out, layer, head, { token, direction, measure }) {
    const n = this.tokens, weighted = measure === "contribution";
    if (layer === this.layers) {
      if (weighted) out.fill(NaN);
      else out.set(this.arrays.probe.subarray(head * n, (head + 1) * n));
      return out;
    }
    const bits = this.arrays.pattern, start = (layer * this.heads + head) * n * n;
    const norms = this.arrays.norms, norm = (layer * this.heads + head) * n;
    if (direction === "from") {
      const row = start + token * n;
      if (weighted) for (let i = 0; i < n; i++) out[i] = HALF[bits[row + i]] * norms[norm + i];
      else for (let i = 0; i < n; i++) out[i] = HALF[bits[row + i]];
    } else if (this.missing.has(layer)) out.fill(NaN);
    else {
      const factor = weighted ? norms[norm + token] : 1;
      for (let i = 0, at = start + token; i < n; i++, at += n) out[i] = HALF[bits[at]] * factor;
    }
    return out;
  }

  /** Rollout's map: shares of the input tokens in the token, or of it in each token. */
  rolled(out, layer, { token, direction, measure }) {
    const n = this.tokens;
    if (!this.rollout || layer === this.layers || measure === "contribution") return out.fill(NaN);
    const start = layer * n * n;
    for (let i = 0; i < n; i++) out[i] = this.rollout[start + (direction === "from" ? token * n + i : i * n + token)];
    return out;
  }

  /** Call visit(column, map) for every column of a layer; the map is overwritten afterwards. */
  layer(layer, view, visit) {
    const [mean, max, min] = this.fused, one = this.one, n = this.tokens;
    mean.fill(0), max.fill(-Infinity), min.fill(Infinity);
    for (let head = 0; head < this.heads; head++) {
      this.head(one, layer, head, view);
      for (let i = 0; i < n; i++) {
        const value = one[i];
        mean[i] += value;
        if (!(value <= max[i])) max[i] = value; // so that NaN gets through
        if (!(value >= min[i])) min[i] = value;
      }
      visit(head, one);
    }
    for (let i = 0; i < n; i++) mean[i] /= this.heads;
    this.fused.forEach((map, i) => visit(this.heads + i, map));
    visit(this.columns - 1, this.rolled(one, layer, view));
  }

  /** One column's map into `out`. */
  map(out, layer, column, view) {
    if (column < this.heads) return this.head(out, layer, column, view);
    if (column === this.columns - 1) return this.rolled(out, layer, view);
    this.layer(layer, view, (at, map) => at === column && out.set(map));
    return out;
  }

  /**
   * Rollout of all layers, a row at a time (Abnar & Zuidema 2020): R₀ = Â₀, Rᵢ = Âᵢ Rᵢ₋₁ with
   * Â = ½·(mean over heads) + ½·I, rows renormalised. A generator, so that it can wait for idle time.
   */
  *rollOut() {
    const n = this.tokens, all = new Float32Array(this.layers * n * n), mixed = new Float64Array(n);
    const row = new Float64Array(n), bits = this.arrays.pattern;
    for (let layer = 0; layer < this.layers; layer++) {
      const before = (layer - 1) * n * n;
      for (let query = 0; query < n; query++) {
        mixed.fill(0);
        let sum = 0;
        for (let head = 0; head < this.heads; head++) {
          const start = ((layer * this.heads + head) * n + query) * n;
          for (let i = 0; i < n; i++) mixed[i] += HALF[bits[start + i]];
        }
        for (let i = 0; i < n; i++) mixed[i] *= 0.5 / this.heads;
        mixed[query] += 0.5;
        for (let i = 0; i < n; i++) sum += mixed[i];
        for (let i = 0; i < n; i++) mixed[i] /= sum;
        if (layer === 0) row.set(mixed);
        else {
          row.fill(0);
          for (let key = 0; key < n; key++) {
            const share = mixed[key], at = before + key * n;
            for (let i = 0; i < n; i++) row[i] += share * all[at + i];
          }
        }
        all.set(row, (layer * n + query) * n);
        yield;
      }
    }
    this.rollout = all;
  }
}

/** 1 for the largest value of a map. */
function rankOf(map, token) {
  let rank = 1;
  for (let i = 0; i < map.length; i++) if (map[i] > map[token]) rank++;
  return rank;
}
