// Everything that a plot is stands in the address, in words that the server and wikis understand. Here it is read and
// changed: a curve is an object {instance, table, expression, title, rows, filters, excludes}.

export const SPANS = { "6h": 21600, day: 86400, week: 604800, month: 2592000, year: 31536000 };

const CURVE = /^curve_(.+?)(?:_(filter_.+|exclude_.+|rows))?$/;
const MOMENTS = ["start", "end"].flatMap((end) => [end, `${end}_date`, `${end}_time`, `${end}_fold`]);

// In the order of their numbers, by which they are known from here on.
export function readCurves(parameters) {
  const found = [...parameters.keys()].map((name) => CURVE.exec(name)).filter((match) => match && !match[2]);
  const names = [...new Set(found.map(([, name]) => name))].filter((name) => lastOf(parameters, `curve_${name}`));
  return names.sort(byNumber).map((name, index) => readCurve(parameters, name, index + 1));
}

function byNumber(one, other) {
  const [a, b] = [one, other].map((name) => (/^\d+$/.test(name) ? Number(name) : Infinity));
  return a === b ? (one < other ? -1 : 1) : a - b;
}

function readCurve(parameters, name, number) {
  const [instance = "", table = "", expression = "", title = ""] = splitCurve(lastOf(parameters, `curve_${name}`));
  return {
    ...{ number, instance, table, expression, title },
    rows: lastOf(parameters, `curve_${name}_rows`),
    filters: numbered(parameters, `curve_${name}_filter_`),
    excludes: numbered(parameters, `curve_${name}_exclude_`),
  };
}

// The title takes the rest, commas and all; a comma that belongs to one of the others has a backslash before it.
export function splitCurve(text) {
  const parts = text.split(/(?<!\\),/);
  const title = parts.slice(3).join(",");
  return [...parts.slice(0, 3).map((part) => part.replaceAll("\\,", ",").trim()), title.trim()];
}

function lastOf(parameters, name) {
  return parameters.getAll(name).pop() ?? "";
}

function numbered(parameters, prefix) {
  const names = [...new Set(parameters.keys())].filter((name) => name.startsWith(prefix));
  return names.map((name) => lastOf(parameters, name)).filter(Boolean);
}

export function curveWord({ instance, table, expression, title }) {
  return [...[instance, table, expression].map((part) => part.replaceAll(",", "\\,")), title].join(",");
}

// The curves are numbered anew, without holes.
export function withCurves(parameters, curves) {
  const changed = new URLSearchParams([...parameters].filter(([name]) => !CURVE.test(name)));
  curves.forEach((curve, index) => {
    const name = `curve_${index + 1}`;
    changed.set(name, curveWord(curve));
    if (curve.rows) changed.set(`${name}_rows`, curve.rows);
    curve.filters.forEach((text, at) => changed.set(`${name}_filter_${at + 1}`, text));
    curve.excludes.forEach((text, at) => changed.set(`${name}_exclude_${at + 1}`, text));
  });
  const hidden = curves.flatMap((curve, index) => (curve.hidden ? [index + 1] : []));
  return changedBy(changed, { off: hidden.join(",") });
}

// Which curves are switched off; the server ignores this word.
export function hiddenCurves(parameters) {
  return new Set(lastOf(parameters, "off").split(",").filter(Boolean).map(Number));
}

export function changedBy(parameters, changes) {
  const changed = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  return changed;
}

export function withoutMoments(parameters) {
  return changedBy(parameters, Object.fromEntries([...MOMENTS, "span"].map((name) => [name, ""])));
}

// Commas, dollars and colons stay readable: such addresses are written by hand, too.
export function queryOf(parameters) {
  const text = String(parameters).replace(/%2C/g, ",").replace(/%24/g, "$").replace(/%3A/g, ":");
  return text ? `?${text}` : "";
}
