// Changes one curve: its expression, with the names that it can use at hand, its title, and which rows of its table count.
import { labelled, make, option } from "./elements.js";

const ROWS = ["mean", "sum", "min", "max", "count"];

export class Editor {
  constructor(choices, actions) {
    this.choices = choices;
    this.actions = actions;
    this.place = make("section", { class: "editor", hidden: true, "aria-label": "Change a curve" });
  }

  async open(curve, problem = "") {
    await this.choices.load().catch(() => null); // then without names at hand
    this.curve = curve;
    const table = this.choices.categories ? this.choices.table(curve.instance, curve.table) : undefined;
    this.expression = make("input", { name: "expression", value: curve.expression, spellcheck: "false" });
    this.problem = make("p", { class: "problem", role: "alert", id: "hf-plot-problem" });
    this.expression.setAttribute("aria-describedby", this.problem.id);
    const form = make(
      "form",
      { onsubmit: (event) => (event.preventDefault(), this.apply(form)) },
      labelled("Expression", this.expression),
      this.names(table),
      this.problem,
      labelled("Title", make("input", { name: "title", value: curve.title })),
      ...(curve.table ? rowFields(curve, table) : []),
      make("div", { class: "ends" }, make("button", { type: "submit" }, "Apply"), this.closing()),
    );
    this.place.replaceChildren(form);
    this.place.hidden = false;
    this.expression.focus();
    this.complain(problem);
  }

  closing() {
    return make("button", { type: "button", onclick: () => this.close() }, "Close");
  }

  close() {
    this.place.hidden = true;
    this.actions.closed(this.curve.number);
  }

  complain(problem) {
    if (this.place.hidden) return;
    this.problem.textContent = problem;
    this.expression.setAttribute("aria-invalid", String(Boolean(problem)));
  }

  names(table) {
    const columns = table?.columns.filter(({ name }) => name) ?? [];
    const buttons = columns.map(({ name, label, unit }) =>
      make("button", { type: "button", title: [label, unit].filter(Boolean).join(", "), onclick: () => this.insert(`$${name}`) }, `$${name}`),
    );
    return make("p", { class: "names-of" }, ...buttons, make("small", {}, FUNCTIONS));
  }

  insert(text) {
    const { selectionStart, selectionEnd } = this.expression;
    this.expression.setRangeText(text, selectionStart, selectionEnd, "end");
    this.expression.focus();
  }

  apply(form) {
    const given = new FormData(form);
    const lines = (name) => String(given.get(name) ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
    this.actions.replace({
      ...this.curve,
      expression: String(given.get("expression")).trim(),
      title: String(given.get("title")).trim(),
      rows: String(given.get("rows") ?? this.curve.rows),
      filters: this.curve.table ? lines("filters") : this.curve.filters,
      excludes: this.curve.table ? lines("excludes") : this.curve.excludes,
    });
  }
}

const FUNCTIONS = " sqrt abs min max floor ceil pow sin cos int float; + - * / and comparisons; $instance.column of another";

function rowFields(curve, table) {
  const names = table ? ` (column,value; columns: ${[table.key, ...table.columns.map(({ name }) => name)].filter(Boolean).join(", ")})` : "";
  const lines = (name, values) => make("textarea", { name, rows: 2, spellcheck: "false" }, values.join("\n"));
  return [
    labelled("Several rows become their", make("select", { name: "rows" }, ...ROWS.map((name) => option(name, name, curve.rows || "mean")))),
    labelled(`Only rows where, one a line${names}`, lines("filters", curve.filters)),
    labelled("Without rows where", lines("excludes", curve.excludes)),
  ];
}
