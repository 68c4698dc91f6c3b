// Fetch a payload (payload.py) in parts: what is small at once, of what is large a block at a time.

const BY_BLOCK = ["rollout", "pattern"]; // the last arrays of the file, a block a row
const NOT_A_NUMBER = { f2: 0x7e00, f4: NaN };
const BEGINNING = 65536; // bytes: more than any header has, and the whole of a small file

/**
 * Fetch a payload without what is large. `missing` holds the blocks that are not there yet, whose numbers are NaN;
 * `fetchBlock(source, block)` fetches one.
 */
async function openPayload(source) {
  const beginning = await fetchRange(source, 0, BEGINNING), { start, header } = readHeader(beginning);
  const file = new Uint8Array(Math.max(...Object.values(header.arrays).map((array) => start + array.place + bytesOf(array))));
  const put = (at, buffer) => file.set(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, file.length - at)), at);
  put(0, beginning);
  const payload = readPayload(file.buffer, { start, header }), missing = new Set();
  const parts = BY_BLOCK.filter((name) => name in header.arrays).map((name) => {
    const array = header.arrays[name], [blocks] = array.shape;
    return { numbers: payload.arrays[name], none: NOT_A_NUMBER[array.type], from: start + array.place, blocks, each: bytesOf(array) / blocks };
  });
  const before = Math.min(...parts.map(({ from }) => from));
  if (beginning.byteLength < before) put(beginning.byteLength, await fetchRange(source, beginning.byteLength, before));
  for (const { numbers, none, from, blocks, each } of parts) {
    for (let block = 0; block < blocks; block++) {
      if (from + (block + 1) * each <= beginning.byteLength) continue;
      missing.add(block);
      numbers.fill(none, (block * numbers.length) / blocks, ((block + 1) * numbers.length) / blocks);
    }
  }
  const fetchBlock = async (source, block) => {
    await Promise.all(parts.map(async ({ from, each }) => {
      const start = from + block * each;
      put(start, await fetchRange(source, start, start + each));
    }));
    missing.delete(block);
  };
  return { ...payload, missing, fetchBlock };
}
