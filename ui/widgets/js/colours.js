// From a share to a colour, for every component that draws a heat map.

/** "#rrggbb" anchors → a function from a share 0 … 1 (beyond: the nearer end) to [r, g, b]. */
function palette(colours) {
  const anchors = colours.map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  return (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (anchors.length - 1);
    const below = Math.min(Math.floor(place), anchors.length - 2);
    return anchors[below].map((a, i) => Math.round(a + (anchors[below + 1][i] - a) * (place - below)));
  };
}

/** RGB bytes, from `start` on, as the pixels of a canvas of that size. */
function rgbPixels(width, height, bytes, start = 0) {
  const pixels = new ImageData(width, height);
  for (let i = 0, j = start; i < pixels.data.length; i += 4, j += 3) {
    pixels.data.set(bytes.subarray(j, j + 3), i);
    pixels.data[i + 3] = 255;
  }
  return pixels;
}
