// Small comforts of getting about.

// A link to a module that is folded unfolds it, and so its content is fetched.
export function openTarget() {
  let target = null;
  try {
    target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return; // not a name that any of our links has
  }
  const fold = target?.querySelector(":scope > details.fold");
  if (fold) fold.open = true;
}

// The present category is in sight, however long the bar.
export function showCurrentCategory() {
  const bar = document.querySelector(".bar");
  const current = bar?.querySelector("[aria-current]");
  if (current) bar.scrollLeft = current.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
}

// Another width of the step takes effect at once, and leaves the moment as it is. Without a script, "Go" does it.
export function watchStepWidth() {
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".time-machine select[name=s]")) return;
    const address = new URL(location.href);
    address.searchParams.set("s", event.target.value);
    location.assign(address);
  });
}
