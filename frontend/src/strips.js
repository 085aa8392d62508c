// A strip is a drawing of 24 hours. A click anywhere on it leads to the page of that moment; what is under the pointer
// or the keyboard is told in words below the strips. Without a script, the stretches of trouble are links.
// With the keyboard a strip is one stop, and the arrow keys move inside.

export function watchStrips(root) {
  const strips = root.querySelector?.(".strips");
  if (!strips) return;
  for (const strip of strips.querySelectorAll("svg.strip")) {
    const links = [...strip.querySelectorAll("a")];
    links.forEach((link, index) => link.setAttribute("tabindex", index === links.length - 1 ? 0 : -1));
  }
  strips.addEventListener("click", (event) => goToMoment(strips, event));
  strips.addEventListener("keydown", move);
  strips.addEventListener("focusin", (event) => note(strips, event.target, textOfLink(event.target)));
  strips.addEventListener("mousemove", (event) => note(strips, event.target, textAt(strips, event)));
  strips.addEventListener("mouseleave", () => note(strips, null, ""));
}

// A link that is operated with the keyboard leads where it says: such a click has no place (detail is 0).
function goToMoment(strips, event) {
  const strip = event.target.closest("svg.strip");
  const modified = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!strip || !event.detail || modified) return;
  event.preventDefault();
  const address = new URL(strip.closest("li").querySelector(".category").href);
  for (const name of ["date", "time", "fold"]) address.searchParams.delete(name);
  address.searchParams.set("at", secondsAt(strips, strip, event));
  location.assign(address);
}

// Seconds since 1970 under the pointer, at the beginning of their minute.
function secondsAt(strips, strip, event) {
  const { left, width } = strip.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
  const seconds = Number(strips.dataset.begin) + share * Number(strips.dataset.seconds);
  return Math.floor(seconds / 60) * 60;
}

function textAt(strips, event) {
  const strip = event.target.closest("svg.strip");
  if (!strip) return "";
  return textOfLink(event.target) || timeOf(secondsAt(strips, strip, event), strips.dataset.zone);
}

function textOfLink(element) {
  return element.closest("svg.strip a")?.querySelector("title").textContent ?? "";
}

function timeOf(seconds, zone) {
  try {
    const style = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat("en-GB", style).format(seconds * 1000);
  } catch {
    return ""; // a zone that this browser does not know
  }
}

function note(strips, element, text) {
  const category = element?.closest("li")?.querySelector(".category").textContent.trim();
  strips.querySelector(".strip-note").textContent = text ? `${category}, ${text}` : "";
}

function move(event) {
  const link = event.target.closest("svg.strip a");
  if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = neighbour(link, event.key);
  if (!to) return;
  event.preventDefault();
  for (const other of to.closest("svg").querySelectorAll("a[tabindex='0']")) other.setAttribute("tabindex", -1);
  to.setAttribute("tabindex", 0);
  to.focus();
}

function neighbour(link, key) {
  const links = [...link.closest("svg").querySelectorAll("a")];
  const at = links.indexOf(link);
  if (key === "ArrowLeft") return links[at - 1];
  if (key === "ArrowRight") return links[at + 1];
  if (key === "Home") return links[0];
  if (key === "End") return links[links.length - 1];
  if (key === "ArrowUp") return nearestIn(link, "previousElementSibling");
  if (key === "ArrowDown") return nearestIn(link, "nextElementSibling");
  return null;
}

// In the next strip that has links, the one that is nearest in time.
function nearestIn(link, direction) {
  let row = link.closest("li")[direction];
  while (row && !row.querySelector("svg.strip a")) row = row[direction];
  const middle = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return (left + right) / 2;
  };
  const distance = (other) => Math.abs(middle(other) - middle(link));
  const links = [...(row?.querySelectorAll("svg.strip a") ?? [])];
  return links.sort((one, other) => distance(one) - distance(other))[0];
}
