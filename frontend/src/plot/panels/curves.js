// The list of the curves: each is switched on and off by its button, and has its value under the cursor.
import { make, swatch } from "./elements.js";
import { nameOf, rangeOf, valueOf } from "./readout.js";
import { lineOf } from "../chart/style.js";

export class CurveList {
  constructor(section, actions) {
    this.place = section.querySelector(".curves");
    this.actions = actions;
    this.rows = [];
  }

  show(plot, isShown) {
    const focus = [...this.place.querySelectorAll("button")].indexOf(document.activeElement);
    this.rows = [];
    const own = plot.curves.filter((curve) => !curve.compared);
    this.place.replaceChildren(...own.map((curve) => this.row(plot, curve, isShown(curve))));
    if (focus >= 0) this.place.querySelectorAll("button")[focus]?.focus();
    this.values(plot, -1);
  }

  row(plot, curve, shown) {
    const { number, label } = curve;
    const value = make("span", { class: "now" });
    this.rows.push({ value, number });
    const toggle = make(
      "button",
      { type: "button", class: "toggle", "aria-pressed": String(shown), onclick: () => this.actions.toggle(number) },
      swatch(number, lineOf(curve).dash),
      make("span", {}, label),
    );
    const edit = { type: "button", class: "edit", onclick: () => this.actions.edit(number), "aria-label": `Change ${label}` };
    const remove = { type: "button", onclick: () => this.actions.remove(number), "aria-label": `Remove ${label}` };
    return make(
      "li",
      {},
      toggle,
      value,
      make("button", edit, "Change"),
      make("button", remove, "×"),
      curve.problem ? make("span", { class: "problem" }, curve.problem) : "",
    );
  }

  // The values of a bucket; without one (-1) the last ones that are known.
  values(plot, bucket) {
    for (const { value, number } of this.rows) {
      const curves = plot.curves.filter((curve) => curve.number === number && !curve.problem);
      value.replaceChildren(...curves.map((curve) => valueAt(curve, bucket)));
    }
  }
}

function valueAt(curve, bucket) {
  const at = bucket < 0 ? curve.mean.findLastIndex((value) => value !== null) : bucket;
  const range = rangeOf(curve, at);
  const said = `${curve.compared ? "earlier " : ""}${valueOf(curve, at)}`;
  const about = { class: curve.compared ? "earlier" : "", title: nameOf(curve) };
  return make("span", about, said, range ? make("small", {}, ` ${range}`) : "");
}
