// The chart with the keyboard: arrows move the cursor, + and - zoom around it, Page Up and Page Down move the span.

export function watchKeys(place, actions) {
  place.tabIndex = 0;
  place.setAttribute("role", "application"); // its keys are its own, not a screen reader's
  place.setAttribute("aria-label", "Plot: arrow keys read its values, + and - zoom, Page Up and Page Down move the span");
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  const others = {
    "+": () => actions.zoom(0.5),
    "=": () => actions.zoom(0.5),
    "-": () => actions.zoom(2),
    PageUp: () => actions.page(-1),
    PageDown: () => actions.page(1),
    Enter: () => actions.openAtCursor(),
  };
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== place) return;
    const step = steps[event.key];
    const action = step ? () => actions.step(event.shiftKey ? 10 * step : step) : others[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
