// Numbers on their way from Python to the screen, for components that draw a cell a number.

/** Base64 of little-endian fp32 → a Float32Array. */
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);

/** A number as it is read under the pointer: four places, or a power of ten where those would say nothing. */
const number = (x) => (x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5) ? x.toFixed(4) : x.toExponential(3));
