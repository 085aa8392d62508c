// Tables come worst first. A click on a head sorts by that column, a second one turns it round, a third one gives
// back the first order.

const text = new Intl.Collator("en", { numeric: true });

export function makeSortable(root) {
  const tables = [...root.querySelectorAll("table.sorts")];
  if (root.matches?.("table.sorts")) tables.push(root);
  for (const table of tables) prepare(table);
}

function prepare(table) {
  if (table.original || !table.tBodies[0]) return;
  table.original = [...table.tBodies[0].rows];
  for (const label of table.querySelectorAll("thead th > span")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...label.childNodes);
    button.addEventListener("click", () => next(table, button.closest("th")));
    label.replaceWith(button);
  }
}

function next(table, head) {
  const first = head.classList.contains("number") || head.classList.contains("when") ? "descending" : "ascending";
  const second = first === "ascending" ? "descending" : "ascending";
  const now = head.getAttribute("aria-sort");
  sortBy(table, head.cellIndex, now === null ? first : now === first ? second : null);
}

// Also used to put a table that was renewed into the order of the one it replaces.
export function sortBy(table, column, order) {
  for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
  if (order) table.tHead.rows[0].cells[column].setAttribute("aria-sort", order);
  table.tBodies[0].append(...(order ? ordered(table.original, column, order) : table.original));
}

export function orderOf(table) {
  const head = table.querySelector("thead th[aria-sort]");
  return head && { column: head.cellIndex, order: head.getAttribute("aria-sort") };
}

// What is not known is last in either order.
function ordered(rows, column, order) {
  const turn = order === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: keyOf(row.cells[column]) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
    if (typeof a.key === "number" && typeof b.key === "number") return turn * (a.key - b.key);
    return turn * text.compare(a.key, b.key);
  });
  return keyed.map(({ row }) => row);
}

function keyOf(cell) {
  const value = cell.dataset.sort;
  if (value === undefined) return (cell.querySelector("summary") ?? cell.querySelector("b, a:not(.plot)") ?? cell).textContent.trim();
  return value === "" ? null : Number(value);
}
