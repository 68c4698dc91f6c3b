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

const ARRAYS = { f2: Uint16Array, f4: Float32Array, u1: Uint8Array, u2: Uint16Array };

/** ArrayBuffer → {header, arrays: {name: typed array}, shapes: {name: [sizes]}}; fp16 stays as bits. */
function readPayload(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {}, shapes = {};
  for (const [name, { type, shape, place }] of Object.entries(header.arrays)) {
    arrays[name] = new ARRAYS[type](buffer, 4 + length + place, shape.reduce((a, b) => a * b, 1));
    shapes[name] = shape;
  }
  return { header, arrays, shapes };
}

/**
 * Fetch a payload. Asking for the whole file as a *range* tells the server not to compress it on the
 * way (Fetch standard: a range request accepts no content coding): fp16 noise takes a second to gzip.
 */
async function fetchOnce(url, signal) {
  const response = await fetch(new URL(url, document.baseURI), { headers: { Range: "bytes=0-" }, signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return readPayload(await response.arrayBuffer());
}

/** A file that made room for others is written again when Python runs: `lost(url)` asks for that, then look again. */
async function fetchPayload(url, signal, lost) {
  try {
    return await fetchOnce(url, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    lost(url);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return fetchOnce(url, signal);
  }
}
