// The patterns arrive a block at a time, always the one in view first and then those nearest to it; then the rollout.

/** Fetch what an explorer's numbers miss. It is ready when what the token takes is there, complete when all is. */
async function fetchBlocks(explorer, source) {
  const { numbers } = explorer, { missing } = numbers, { signal } = source;
  numbers.failed = false;
  for (;;) {
    const { layer, token } = explorer.view, away = (block) => Math.abs(block - layer);
    if (numbers.knows(layer, token)) markDrawn(explorer, "ready", signal);
    if (!missing.size) break;
    await numbers.fetchBlock(source, [...missing].reduce((one, other) => (away(other) < away(one) ? other : one)));
    signal.throwIfAborted();
    explorer.set({});
  }
  markDrawn(explorer, "complete", signal);
  rollOutWhenIdle(explorer);
}

/** Say in the page, after the next frame is drawn, how far the numbers are. */
function markDrawn(explorer, mark, signal) {
  if (!(mark in explorer.root.dataset)) requestAnimationFrame(() => signal.aborted || explorer.drawn(mark));
}

/** Rollout takes up to half a second for 257 tokens: a few rows whenever the browser has nothing to do. */
function rollOutWhenIdle(explorer) {
  const { numbers } = explorer;
  if (numbers.rollout) return;
  const rows = numbers.rollOut();
  const idle = window.requestIdleCallback ?? halfOfTheTime;
  const work = (deadline) => {
    if (numbers !== explorer.numbers) return;
    do {
      if (rows.next().done) return explorer.set({});
    } while (deadline.timeRemaining() > 2);
    idle(work);
  };
  idle(work);
}

/** For Safari, which knows no idle time: eight milliseconds of work, then as much for everything else. */
function halfOfTheTime(work) {
  setTimeout(() => {
    const end = performance.now() + 8;
    work({ timeRemaining: () => end - performance.now() });
  }, 8);
}
