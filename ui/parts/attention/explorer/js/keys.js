// The keyboard: arrows walk over patches, heads and cells; Enter pins or enlarges; Escape lets go.

function attachKeys(explorer) {
  const { picture, heads, matrix } = explorer;
  const on = (element, { move, enter, escape }) => {
    element.onkeydown = (event) => {
      if (!explorer.numbers || event.ctrlKey || event.metaKey || event.altKey) return;
      if (ARROWS[event.key]) move(...ARROWS[event.key]);
      else if (event.key === "Enter" || event.key === " ") enter();
      else if (event.key === "Escape") escape();
      else return;
      event.preventDefault();
      explorer.announce();
    };
  };

  on(picture.stage, {
    move(down, right) {
      const { view, numbers } = explorer, at = view.pinned ? view.other : view.token;
      const place = numbers.rowColumn(at);
      const token = place ? numbers.patchToken(place[0] + down, place[1] + right) : numbers.prefix;
      if (!view.pinned) explorer.home = token;
      explorer.visit(token);
    },
    enter: () => explorer.pin(explorer.view.pinned ? explorer.view.other : explorer.view.token),
    escape: () => explorer.unpin(),
  });

  on(heads.area, {
    move(down, right) {
      explorer.select(explorer.view.layer + down, explorer.view.column + right);
      explorer.tell();
    },
    enter: () => explorer.set({ zoom: explorer.view.zoom === "head" ? "all" : "head" }),
    escape: () => explorer.set({ zoom: "all" }),
  });

  on(matrix.area, {
    move(down, right) {
      const inside = (x) => Math.min(Math.max(x, 0), explorer.numbers.tokens - 1);
      const { query, key } = cellOf(explorer.view);
      showCell(explorer, { query: inside(query + down), key: inside(key + right) });
    },
    enter: () => explorer.pin(explorer.view.token),
    escape: () => explorer.leave(),
  });
}
