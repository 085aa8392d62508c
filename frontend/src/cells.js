// Each number of a table's row leads to its plot, as the row's own link leads to that of its first one. By script, since
// a link in each cell would make pages large; with the keyboard the row's link is the way.

export function watchCells() {
  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.("td.number");
    const modified = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!cell || modified || event.target.closest("a, button, summary") || !document.getSelection()?.isCollapsed) return;
    const address = plotOf(cell);
    if (address) location.assign(address);
  });
}

function plotOf(cell) {
  const link = cell.parentElement.querySelector("a.plot");
  const { column } = cell.closest("table").tHead.rows[0].cells[cell.cellIndex].dataset;
  return link && column && link.href.replace(/(curve_1=[^,&]*,[^,&]*,)[^,&]*/, (all, before) => `${before}$${column}`);
}
