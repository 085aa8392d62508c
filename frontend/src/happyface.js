// What the pages can do beyond being read. Every page works without it; see each part for what it adds.
import htmx from "htmx.org";

import { watchCells } from "./cells.js";
import { openTarget, showCurrentCategory, watchStepWidth } from "./navigation.js";
import { startReloading } from "./reload.js";
import { makeSortable } from "./sort.js";
import { watchStrips } from "./strips.js";

function prepare(root) {
  makeSortable(root);
  watchStrips(root);
}

htmx.onLoad((element) => prepare(element));

// Other rows of a table take the place of some: the keyboard goes on there.
document.addEventListener("htmx:afterSwap", (event) => {
  const swapped = event.detail.elt;
  if (swapped?.matches?.(".rows")) swapped.querySelector(".frame")?.focus({ preventScroll: true });
});

function start() {
  showCurrentCategory();
  watchStepWidth();
  watchCells();
  openTarget();
  window.addEventListener("hashchange", openTarget);
  startReloading(prepare);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
