// Picks numbers to plot: a search over everything, and for the rows of a table which of them, or what becomes of all.
import { Choices, fetchJson } from "./choices.js";
import { unitWord } from "../units.js";
import { labelled, make, option } from "./elements.js";

const MOST = 40;
const WAIT = 200;
const AGGREGATES = { mean: "mean of all rows", sum: "sum of all rows", min: "least of all rows", max: "most of all rows", count: "count of the rows" };

export class Picker {
  constructor(addresses, actions) {
    this.keys = addresses.keys;
    this.actions = actions;
    this.choices = new Choices(addresses.choices);
    this.text = make("input", { type: "search", id: "hf-plot-search", autocomplete: "off", placeholder: "free pools" });
    this.category = make("select", {});
    this.hits = make("div", { class: "hits" });
    this.count = make("p", { class: "count", role: "status" });
    for (const field of [this.text, this.category]) field.addEventListener("input", () => this.search());
    const close = make("button", { type: "button", class: "close", onclick: () => this.close() }, "Close");
    this.place = make(
      "section",
      { class: "picker", hidden: true, "aria-label": "Add a curve" },
      make("div", { class: "fields" }, labelled("Search", this.text), labelled("In", this.category), close),
      this.count,
      this.hits,
    );
  }

  async open(focus = true) {
    this.place.hidden = false;
    if (focus) this.text.focus();
    try {
      await this.choices.load();
    } catch (error) {
      this.count.textContent = error.message;
      return;
    }
    if (!this.category.options.length) {
      const all = this.choices.categories.map(({ name, title }) => option(name, title, ""));
      this.category.replaceChildren(option("", "all categories", ""), ...all);
    }
    this.search();
  }

  close() {
    this.place.hidden = true;
    this.actions.closed();
  }

  search() {
    if (!this.choices.categories) return; // they are on their way, and are searched when they have come
    const found = this.choices.search(this.text.value, this.category.value);
    const numbers = found.reduce((sum, hit) => sum + hit.numbers.length, 0);
    const rest = found.length > MOST ? `, the first ${MOST} modules are shown: search for more words` : "";
    this.count.textContent = `${numbers} ${numbers === 1 ? "number" : "numbers"}${rest}`;
    this.hits.replaceChildren(...found.slice(0, MOST).map((hit) => this.hit(hit)));
  }

  hit({ category, instance, numbers }) {
    const items = numbers.map(({ table, column }) => make("li", {}, this.number(instance, table, column)));
    const where = make("small", {}, instance.name === `category:${category.name}` ? " all of it" : ` ${category.title}`);
    return make("div", { class: "hit" }, make("h3", {}, instance.title, where), make("ul", {}, ...items));
  }

  number(instance, table, column) {
    const name = table.name ? `${table.label} › ${column.label}` : column.label;
    const unit = column.unit ? make("small", {}, ` ${unitWord(column.unit)}`) : "";
    const about = { instance: instance.name, table: table.name, column: column.name };
    const choose = (event) => (table.name ? this.chooseRows(event.currentTarget, instance, table, column) : this.add([about]));
    const unfolds = table.name ? { "aria-expanded": "false" } : {};
    return make("button", { type: "button", onclick: choose, ...unfolds }, name, unit);
  }

  add(numbers) {
    this.actions.add(
      numbers.map(({ instance, table, column, filters = [], rows = "", title = "" }) => {
        const expression = column ? `$${column}` : "";
        return { instance, table, expression, title, rows, filters, excludes: [] };
      }),
    );
  }

  chooseRows(button, instance, table, column) {
    const open = button.nextElementSibling;
    button.setAttribute("aria-expanded", String(!open));
    if (open) open.remove();
    else button.after(new Rows(this, instance, table, column).place);
  }
}

// The rows of a table: all of them as one number, or some of them by their keys.
class Rows {
  constructor(picker, instance, table, column) {
    Object.assign(this, { picker, instance, table, column });
    const add = (rows) => picker.add([{ ...this.about(), rows }]);
    const all = Object.entries(AGGREGATES).map(([rows, text]) =>
      make("button", { type: "button", onclick: () => add(rows) }, text),
    );
    this.place = make("div", { class: "rows-of" }, make("div", { class: "all-rows" }, ...all));
    if (table.key) this.addKeys();
  }

  about() {
    return { instance: this.instance.name, table: this.table.name, column: this.column.name };
  }

  addKeys() {
    this.text = make("input", { type: "search", autocomplete: "off", oninput: () => this.plan() });
    this.list = make("ul", { class: "keys" });
    this.form = make(
      "form",
      { onsubmit: (event) => (event.preventDefault(), this.addChosen()) },
      labelled(`Only these, by ${this.table.key}`, this.text),
      this.list,
      make("button", { type: "submit" }, "Add the chosen ones"),
    );
    this.place.append(this.form);
    this.fetchKeys();
  }

  plan() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fetchKeys(), WAIT);
  }

  async fetchKeys() {
    const asked = this.text.value;
    const words = new URLSearchParams({ instance: this.instance.name, table: this.table.name, search: asked });
    const { keys } = await fetchJson(`${this.picker.keys}?${words}`).catch(() => ({ keys: [] }));
    if (this.text.value !== asked) return; // a later answer is on its way
    const chosen = this.chosen();
    const kept = [...chosen, ...keys.filter((key) => !chosen.includes(key))];
    this.list.replaceChildren(...kept.map((key) => keyField(key, chosen.includes(key))));
  }

  chosen() {
    return [...this.list.querySelectorAll("input:checked")].map((field) => field.value);
  }

  addChosen() {
    const numbers = this.chosen().map((key) => {
      return { ...this.about(), filters: [`${this.table.key},${key}`], title: `${key} ${this.column.label}` };
    });
    if (numbers.length) this.picker.add(numbers);
  }
}

function keyField(key, checked) {
  return make("li", {}, make("label", {}, make("input", { type: "checkbox", value: key, checked }), ` ${key}`));
}
