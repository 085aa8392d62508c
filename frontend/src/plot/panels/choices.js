// Which numbers there are to plot: the site's categories, instances, tables and columns, fetched once when they are
// needed. Instances of one kind share the list of their numbers.

export class Choices {
  constructor(address) {
    this.address = address;
  }

  async load() {
    this.loading ??= fetchJson(this.address).then((found) => {
      this.categories = found.categories;
      this.tables = found.tables;
      return this;
    });
    return this.loading.catch((error) => {
      this.loading = undefined; // the next attempt may succeed
      throw error;
    });
  }

  instance(name) {
    for (const category of this.categories) {
      const found = category.instances.find((each) => each.name === name);
      if (found) return found;
    }
    return null;
  }

  tablesOf(instance) {
    return instance ? this.tables[instance.tables] : [];
  }

  table(instance, name) {
    return this.tablesOf(this.instance(instance)).find((table) => table.name === name);
  }

  // What holds all words of a search, by instance: [{category, instance, numbers: [{table, column}]}].
  search(text, category) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const each of this.categories.filter(({ name }) => !category || name === category)) {
      for (const instance of each.instances) {
        const numbers = this.numbers(each, instance, words);
        if (numbers.length) found.push({ category: each, instance, numbers });
      }
    }
    return found;
  }

  numbers(category, instance, words) {
    const around = `${category.title} ${instance.title} ${instance.name}`.toLowerCase();
    const missing = words.filter((word) => !around.includes(word));
    const numbers = [];
    for (const table of this.tablesOf(instance)) {
      for (const column of table.columns) {
        const text = `${table.label} ${column.label} ${column.name} ${column.unit}`.toLowerCase();
        if (missing.every((word) => text.includes(word))) numbers.push({ table, column });
      }
    }
    return numbers;
  }
}

export async function fetchJson(address, signal) {
  const timeout = AbortSignal.timeout(60000);
  const answer = await fetch(address, { cache: "no-cache", signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
    const text = await answer.text();
    performance.mark("plot-arrived");
    const value = JSON.parse(text);
    if (answer.ok) return value;
    throw new Error(value.error);
  }
  throw new Error(`The server answered with status ${answer.status}.`);
}
