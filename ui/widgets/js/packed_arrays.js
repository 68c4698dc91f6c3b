// Read a file that ui/server/packed_arrays.py packed.

// Every fp16 number as fp32, by its 16 bits: one look-up is faster than any arithmetic on them.
const HALF = (() => {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : fraction * 2 ** -24);
  }
  return table;
})();

const WAITS = [1500, 3000, 6000]; // milliseconds before a file is looked for again
const ARRAYS = { f2: Uint16Array, f4: Float32Array, u1: Uint8Array, u2: Uint16Array };

/** Where a file's header ends, and the header. */
function readHeader(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { start: 4 + length, header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) };
}

const countOf = ({ shape }) => shape.reduce((a, b) => a * b, 1);
const bytesOf = (array) => countOf(array) * ARRAYS[array.type].BYTES_PER_ELEMENT;

/** ArrayBuffer → {header, arrays: {name: typed array}, shapes: {name: [sizes]}}; fp16 stays as bits. */
function readPayload(buffer, { start, header } = readHeader(buffer)) {
  const arrays = {}, shapes = {};
  for (const [name, array] of Object.entries(header.arrays)) {
    arrays[name] = new ARRAYS[array.type](buffer, start + array.place, countOf(array));
    shapes[name] = array.shape;
  }
  return { header, arrays, shapes };
}

/**
 * The bytes of a file from `start` up to `end`; up to its own end where whoever serves it knows no ranges. Asking for
 * a *range* also tells the server not to compress it on the way (Fetch standard: a range request accepts no content
 * coding): fp16 noise takes a second to gzip.
 */
async function fetchOnce({ url, signal }, start, end) {
  const headers = { Range: `bytes=${start}-${end === undefined ? "" : end - 1}` };
  const response = await fetch(new URL(url, document.baseURI), { headers, signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const buffer = await response.arrayBuffer();
  return response.status === 206 ? buffer : buffer.slice(start);
}

/**
 * From a source {url, signal, lost}: a file that made room for others is written again when Python runs. `lost(url)`
 * asks for that, once; then look again, for as long as a large model takes.
 */
async function fetchRange(source, start, end) {
  for (const wait of WAITS) {
    try {
      return await fetchOnce(source, start, end);
    } catch (error) {
      if (source.signal.aborted) throw error;
      if (wait === WAITS[0]) source.lost(source.url);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return fetchOnce(source, start, end);
}

/** Fetch a whole payload. */
async function fetchPayload(source) {
  return readPayload(await fetchRange(source, 0));
}
