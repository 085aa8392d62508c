// A strip has a hundred cells. With the keyboard it is one stop, and the arrow keys move inside; the cell under the
// pointer or the keyboard is told in words below the strips, where there is room for it.

export function watchStrips(root) {
  for (const strip of root.querySelectorAll?.(".strips li .strip") ?? []) {
    const cells = [...strip.querySelectorAll("a")];
    cells.forEach((cell, index) => (cell.tabIndex = index === cells.length - 1 ? 0 : -1));
  }
  const strips = root.querySelector?.(".strips");
  if (!strips) return;
  strips.addEventListener("keydown", move);
  strips.addEventListener("focusin", (event) => tell(strips, event.target));
  strips.addEventListener("mouseover", (event) => tell(strips, event.target));
}

function tell(strips, cell) {
  const note = strips.querySelector(".cell-note");
  if (!cell.matches(".strip a")) note.textContent = "";
  else note.textContent = `${cell.closest("li").querySelector(".category span").textContent}, ${cell.title}`;
}

function move(event) {
  if (!event.target.matches(".strip a") || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = neighbour(event.target, event.key);
  if (!to) return;
  event.preventDefault();
  for (const each of to.parentElement.querySelectorAll("a[tabindex='0']")) each.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function neighbour(cell, key) {
  const cells = [...cell.parentElement.querySelectorAll("a")];
  const at = cells.indexOf(cell);
  if (key === "ArrowLeft") return cells[at - 1];
  if (key === "ArrowRight") return cells[at + 1];
  if (key === "Home") return cells[0];
  if (key === "End") return cells[cells.length - 1];
  const row = cell.closest("li");
  const other = key === "ArrowUp" ? row.previousElementSibling : key === "ArrowDown" ? row.nextElementSibling : null;
  return other && sameRun(other, cell);
}

// The cell of the same run in another category's strip, or its last one.
function sameRun(row, cell) {
  const cells = [...row.querySelectorAll(".strip a")];
  const moment = new URL(cell.href).search;
  return cells.find((each) => new URL(each.href).search === moment) ?? cells[cells.length - 1];
}
