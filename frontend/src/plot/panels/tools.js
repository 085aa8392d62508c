// What can be done with the whole plot: compare, trend, what else moved, labels, save, copy.
import { changedBy, hiddenCurves, queryOf, readCurves, withCurves } from "../address.js";
import { labelled, make, option } from "./elements.js";

const EARLIER = { "": "nothing", day: "a day earlier", week: "a week earlier", month: "a month earlier", year: "a year earlier" };
const PLACES = [
  ...["best", "upper right", "upper left", "lower left", "lower right", "right", "center left", "center right"],
  ...["lower center", "upper center", "center", "below the curves"],
];

export class Tools {
  constructor(section, addresses, actions) {
    this.addresses = addresses;
    this.actions = actions;
    this.compare = make(
      "select",
      { name: "compare", onchange: ({ target }) => actions.change({ compare: target.value }) },
      ...Object.entries(EARLIER).map(([value, text]) => option(value, text, "")),
    );
    this.trend = make(
      "button",
      { type: "button", onclick: () => actions.change({ renormalize: this.isTrend() ? "" : "1" }), title: TREND },
      "Trend",
    );
    this.saved = make("span", { class: "formats" });
    this.labels = labelsForm(actions);
    this.moved = make("a", { class: "moved-link", title: MOVED }, "What else moved?");
    this.copied = make("span", { class: "copied", role: "status" });
    section.querySelector(".tools").append(
      make("button", { type: "button", class: "add", onclick: () => actions.pick() }, "Add a curve"),
      labelled("Compare with", this.compare),
      this.trend,
      this.moved,
      this.labels,
      make("span", { class: "save" }, "Save as ", this.saved),
      make("button", { type: "button", onclick: () => this.copy() }, "Copy the address"),
      this.copied,
    );
  }

  isTrend() {
    return this.trend.getAttribute("aria-pressed") === "true";
  }

  show(parameters) {
    this.compare.value = parameters.get("compare") ?? "";
    this.trend.setAttribute("aria-pressed", String(Boolean(parameters.get("renormalize"))));
    for (const field of this.labels.querySelectorAll("[name]")) field.value = parameters.get(field.name) ?? "";
    this.moved.href = `${this.addresses.moved}${queryOf(changedBy(parameters, { off: "" }))}`;
    this.saved.replaceChildren(...this.links(parameters).flatMap((link, at) => (at ? [" ", link] : [link])));
  }

  // What is switched off is not saved.
  links(parameters) {
    const hidden = hiddenCurves(parameters);
    const seen = withCurves(
      parameters,
      readCurves(parameters).filter(({ number }) => !hidden.has(number)),
    );
    const { image, data } = this.addresses;
    const to = (address, text, words) =>
      make("a", { href: `${address}${queryOf(changedBy(seen, words))}`, title: words.full ? FULL : undefined }, text);
    return [
      ...["png", "svg", "pdf"].map((format) => to(image, format.toUpperCase(), { format })),
      ...["csv", "json"].map((format) => to(data, format.toUpperCase(), { format })),
      to(data, "CSV in full", { format: "csv", full: "1" }),
    ];
  }

  // A page without TLS has no clipboard; marked text can be copied everywhere.
  async copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.copied.replaceChildren("copied");
    } catch {
      const field = make("input", { readonly: true, value: location.href, "aria-label": "The address of this plot" });
      this.copied.replaceChildren(field);
      field.select();
      if (document.execCommand("copy")) this.copied.replaceChildren("copied");
    }
  }
}

const TREND = "Each curve around its own mean: how they move together, whatever their size";
const MOVED = "Which numbers of the whole site changed in this span, against the four times as long one before it";
const FULL = "Each run, not what a picture shows of it";

function labelsForm(actions) {
  const places = PLACES.map((text, place) => option(place ? String(place) : "", text, ""));
  places.push(option("none", "none", ""));
  const form = make(
    "form",
    { onsubmit: (event) => (event.preventDefault(), actions.change(Object.fromEntries(new FormData(form)))) },
    labelled("Title", make("input", { name: "title", maxlength: 200 })),
    labelled("Label of the axis", make("input", { name: "ylabel", maxlength: 100 })),
    labelled("Place of the legend in images", make("select", { name: "legend" }, ...places)),
    make("button", { type: "submit" }, "Apply"),
  );
  return make("details", { class: "labels", id: "hf-plot-labels" }, make("summary", {}, "Labels"), form);
}
