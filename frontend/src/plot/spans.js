// From when to when: what each knob of the time row asks for, as a change of the address.
import { SPANS, changedBy, withoutMoments } from "./address.js";
import { momentWords } from "./times.js";

const SHORTEST = 600;
const LONGEST = 20 * 31536000;

// Between two moments; up to now where the end is not before it.
export function between(parameters, begin, end, plot, zone) {
  const middle = (begin + end) / 2;
  const half = Math.min(LONGEST, Math.max(SHORTEST, end - begin)) / 2;
  // All of the last minute belongs to a plot.
  const [from, to] = [middle - half, middle + half].map((at) => Math.max(0, Math.floor(at / 60) * 60));
  if (to >= plot.now) return upToNow(parameters, to - from);
  const words = { ...momentWords("start", from, zone), ...momentWords("end", to, zone) };
  return changedBy(withoutMoments(parameters), words);
}

export function upToNow(parameters, seconds) {
  const name = Object.keys(SPANS).find((each) => SPANS[each] === seconds);
  return changedBy(withoutMoments(parameters), { span: name ?? String(Math.round(seconds)) });
}

// Closer or wider around a moment, which stays where it is in the picture.
export function zoomed(parameters, plot, zone, factor, around) {
  const { begin, end, live } = plot;
  const middle = around ?? (live ? end : (begin + end) / 2);
  const from = middle - (middle - begin) * factor;
  return between(parameters, from, middle + (end - middle) * factor, plot, zone);
}

export function moved(parameters, plot, zone, seconds) {
  return between(parameters, plot.begin + seconds, plot.end + seconds, plot, zone);
}

// A span of a name ends where the present one ends.
export function named(parameters, plot, zone, name) {
  const seconds = SPANS[name];
  return plot.live ? upToNow(parameters, seconds) : between(parameters, plot.end - seconds, plot.end, plot, zone);
}

export function knob(parameters, plot, zone, go) {
  const half = (plot.end - plot.begin) / 2;
  if (go === "back") return moved(parameters, plot, zone, -half);
  if (go === "forward") return moved(parameters, plot, zone, half);
  if (go === "in") return zoomed(parameters, plot, zone, 0.5);
  if (go === "out") return zoomed(parameters, plot, zone, 2);
  if (go === "now") return upToNow(parameters, plot.end - plot.begin);
  return named(parameters, plot, zone, go);
}
