// Elements made by scripts.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== "" && child !== null));
  return element;
}

export function option(value, text, chosen) {
  return make("option", { value, selected: value === chosen }, text);
}

export function labelled(text, field) {
  return make("label", {}, make("span", {}, text), field);
}

// The line of a curve, with its colour and its dashes.
export function swatch(number, dash) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawing.setAttribute("class", `swatch line-${((number - 1) % 8) + 1}`);
  drawing.setAttribute("viewBox", "0 0 30 8");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", "M0 4H30");
  line.setAttribute("stroke-dasharray", dash.join(" "));
  drawing.append(line);
  return drawing;
}
