// How curves look: a colour and a pattern of dashes each, since no colour alone may carry a meaning.

const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [5, 2], [2, 6], [12, 3, 2, 3, 2, 3]];

export function lineOf(curve) {
  const at = (curve.number - 1) % DASHES.length;
  return { colour: variable(`--curve-${at + 1}`), dash: curve.compared ? [3, 4] : DASHES[at] };
}

export function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function paler(colour, part) {
  const digits = colour.length === 4 ? colour.replace(/[\da-f]/gi, "$&$&") : colour;
  return `${digits}${Math.round(part * 255).toString(16).padStart(2, "0")}`;
}
