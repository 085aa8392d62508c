// The row of the span at the top. The server writes it, too, whenever the page's frame is renewed; so what it is asked
// for is listened to at the document, and its addresses are written anew with each plot.
import { SPANS, changedBy, queryOf, withoutMoments } from "../address.js";
import { knob } from "../spans.js";

export class TimeRow {
  constructor(page) {
    this.page = page;
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("submit", (event) => this.submit(event));
  }

  show() {
    const { plot, zone, parameters } = this.page;
    for (const link of document.querySelectorAll(".time-machine [data-go]")) {
      link.href = `${location.pathname}${queryOf(this.target(link.dataset.go))}`;
      const seconds = plot.end - plot.begin;
      const current = link.dataset.go === "now" ? plot.live : Math.abs((SPANS[link.dataset.go] ?? 0) - seconds) < 0.02 * seconds;
      if (current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const [prefix, seconds] of [["start", plot.begin], ["end", plot.end]]) {
      this.fill(`${prefix}_date`, zone.date(seconds));
      this.fill(`${prefix}_time`, zone.time(seconds));
    }
    this.keepRest(parameters);
  }

  fill(name, value) {
    const field = document.querySelector(`.time-machine [name=${name}]`);
    if (field && field !== document.activeElement) field.value = value;
  }

  // What a form without a script would send beside its moments.
  keepRest(parameters) {
    const form = document.querySelector("form.time-machine");
    for (const field of form?.querySelectorAll("input[type=hidden]") ?? []) field.remove();
    for (const [name, value] of form ? withoutMoments(parameters) : []) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }

  target(go) {
    const { plot, zone, parameters } = this.page;
    return knob(parameters, plot, zone, go);
  }

  click(event) {
    const link = event.target.closest?.(".time-machine [data-go]");
    const modified = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || modified || !this.page.plot) return;
    event.preventDefault();
    this.page.go(this.target(link.dataset.go));
  }

  submit(event) {
    if (!event.target.matches?.("form.time-machine") || !this.page.plot) return;
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(event.target)].filter(([name]) => /^(start|end)_/.test(name)));
    this.page.go(changedBy(withoutMoments(this.page.parameters), given));
  }
}
