// The axes: time in the site's zone below, one axis of numbers at the left and, for another unit, one at the right.
import { variable } from "./style.js";
import { tick, unitName } from "../units.js";

const HOUR = 3600;
const DAY = 86400;
const FONT = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

// uPlot's own are American. Of each row: from which distance of ticks on, what is written, and what is added below
// where the year (or the day) is another one than at the tick before.
const TIMES = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [DAY, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];
const DURATIONS = [0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300, 600, 1800, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR];
const LONG = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((days) => days * DAY);

export function scalesOf(plot, isShown) {
  const names = new Set(["left", "right", ...plot.curves.map(scaleOf)]);
  const side = (name) => [name, { range: (chart, low, high) => rangeOf(plot, name, isShown, low, high) }];
  return { x: { time: true, range: () => [plot.begin, plot.end] }, ...Object.fromEntries([...names].map(side)) };
}

// The scale of a curve: that of its axis; a third unit and all further ones have a scale of their own, without an axis.
export function scaleOf({ axis, unit }) {
  return axis === "none" ? `of ${unit}` : axis;
}

// The range of what is drawn, with the limits that are near enough not to press the curves flat.
function rangeOf(plot, axis, isShown, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = 2 * (high - low) || Math.max(Math.abs(high), 1);
  const shown = plot.curves.filter((curve) => scaleOf(curve) === axis && isShown(curve));
  const limits = shown.flatMap((curve) => (curve.limits ?? []).map(({ value }) => value));
  const near = limits.filter((value) => low - room <= value && value <= high + room);
  const [least, most] = [Math.min(low, ...near), Math.max(high, ...near)];
  const margin = 0.06 * (most - least) || 0.1 * Math.abs(most) || 1;
  // What is never below nothing is not drawn as if it could be.
  return [least >= 0 ? Math.max(0, least - margin) : least - margin, most + margin];
}

export function axesOf(plot, isShown, narrow) {
  const common = { stroke: variable("--muted"), font: FONT, ticks: { stroke: variable("--line"), size: 5 } };
  const grid = { stroke: variable("--line"), width: 1 };
  const bottom = { ...common, grid, values: TIMES, space: narrow ? 56 : 72 };
  const shown = (axis) => plot.curves.filter((curve) => curve.axis === axis && isShown(curve));
  const left = numbers(plot, "left", shown("left"), common, grid);
  return [bottom, left, numbers(plot, "right", shown("right"), common, { show: false })];
}

function numbers(plot, axis, curves, common, grid) {
  const unit = curves[0]?.unit ?? "";
  const durations = unit === "seconds" ? { incrs: [...DURATIONS, ...LONG] } : {};
  return {
    ...{ ...common, ...durations, scale: axis, side: axis === "left" ? 3 : 1, grid, show: curves.length > 0 },
    values: (chart, splits) => splits.map((value) => tick(value, unit)),
    size: (chart, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((text) => text.length)),
    label: axisLabel(plot, axis, curves, unit) || undefined,
    labelSize: 20,
    labelFont: FONT,
  };
}

function axisLabel(plot, axis, curves, unit) {
  if (axis === "left" && plot.ylabel) return plot.ylabel;
  if (!curves.every((curve) => curve.unit === unit)) return "";
  return unitName(unit);
}

