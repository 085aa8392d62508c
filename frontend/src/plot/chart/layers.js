// What lies behind and over the curves: the status as a ground, limits as dashed lines, changes of the status as marks.
// Each status has a pattern and a shape beside its colour.
import { scaleOf } from "./scales.js";
import { paler, variable } from "./style.js";

const WORDS = { happy: "happy", neutral: "neutral", unhappy: "unhappy", noinfo: "no information" };
const FOOT = 7;
const NEAREST = 15;

export function drawGround(chart, plot) {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  for (const { begin, end, face } of plot.ground ?? []) {
    const [left, right] = [Math.max(begin, plot.begin), Math.min(end, plot.end)].map((at) => xOf(chart, at));
    if (right <= left) continue;
    const width = Math.max(right - left, scale);
    const foot = { left, top: bbox.top + bbox.height - FOOT * scale, width, height: FOOT * scale };
    if (face === "neutral" || face === "unhappy") {
      ctx.fillStyle = variable(`--${face}-tint`);
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    drawFoot(ctx, foot, face, scale);
  }
}

// As in the strips: a line for neutral, slanted lines for unhappy, hollow for what is not known.
function drawFoot(ctx, { left, top, width, height }, face, scale) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = variable(face === "happy" ? "--cell-happy" : `--${face}`);
  ctx.strokeStyle = ctx.fillStyle;
  ctx.lineWidth = scale;
  if (face === "noinfo") {
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.strokeRect(left, top + scale / 2, width, height - scale);
  } else {
    ctx.fillRect(left, top, width, height);
  }
  if (face === "neutral") {
    ctx.fillStyle = variable("--neutral-mark");
    ctx.fillRect(left, top + (height - 2 * scale) / 2, width, 2 * scale);
  } else if (face === "unhappy") {
    slants(ctx, left, top, width, height, scale);
  }
  ctx.restore();
}

function slants(ctx, left, top, width, height, scale) {
  ctx.strokeStyle = variable("--cell-mark");
  ctx.lineWidth = 1.5 * scale;
  const step = 6 * scale;
  ctx.beginPath();
  for (let x = Math.floor(left / step) * step - height; x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
}

export function drawLimits(chart, plot, isShown) {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * scale}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;
  for (const [curve, limit] of limitsOf(plot, isShown)) {
    const y = chart.valToPos(limit.value, scaleOf(curve), true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = variable(`--${limit.face}`);
    ctx.lineWidth = 1.25 * scale;
    ctx.setLineDash(limit.face === "unhappy" ? [7 * scale, 3 * scale] : [3 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    label(ctx, chart, limit.label, y, scale);
  }
  ctx.restore();
}

// A limit that several curves share is drawn once.
function limitsOf(plot, isShown) {
  const found = new Map();
  for (const curve of plot.curves.filter((each) => isShown(each) && !each.compared)) {
    for (const limit of curve.limits ?? []) found.set(`${scaleOf(curve)} ${limit.value} ${limit.face}`, [curve, limit]);
  }
  return [...found.values()];
}

function label(ctx, chart, text, y, scale) {
  const { bbox } = chart;
  const above = y - 14 * scale > bbox.top;
  const width = ctx.measureText(text).width;
  const left = bbox.left + bbox.width - width - 6 * scale;
  ctx.fillStyle = paler(variable("--sheet"), 0.75);
  ctx.fillRect(left - 2 * scale, above ? y - 15 * scale : y + 2 * scale, width + 4 * scale, 13 * scale);
  ctx.fillStyle = variable("--muted");
  ctx.textBaseline = above ? "bottom" : "top";
  ctx.fillText(text, left, above ? y - 2 * scale : y + 3 * scale);
}

export function drawMarkers(chart, plot) {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  let before = -Infinity;
  ctx.save();
  for (const marker of markersOf(plot)) {
    const x = xOf(chart, marker.time);
    if (x - before < NEAREST * scale) continue; // many would cover each other; the list has them all
    before = x;
    drawMarker(ctx, x, bbox.top + 8 * scale, bbox.top + bbox.height, marker.face, scale);
  }
  ctx.restore();
}

export function markersOf(plot) {
  return (plot.markers ?? []).filter(({ time }) => plot.begin <= time && time <= plot.end);
}

export function wordOf(face) {
  return WORDS[face] ?? face;
}

function drawMarker(ctx, x, y, bottom, face, scale) {
  ctx.strokeStyle = paler(variable(`--${face}`), 0.6);
  ctx.lineWidth = scale;
  ctx.setLineDash([2 * scale, 4 * scale]);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x, bottom);
  ctx.stroke();
  ctx.setLineDash(face === "noinfo" ? [2 * scale, 2 * scale] : []);
  ctx.beginPath();
  outline(ctx, x, y, 5.5 * scale, face);
  ctx.closePath();
  ctx.fillStyle = face === "noinfo" ? variable("--sheet") : variable(`--${face}`);
  ctx.strokeStyle = face === "noinfo" ? variable("--noinfo") : variable("--sheet");
  ctx.lineWidth = 1.5 * scale;
  ctx.fill();
  ctx.stroke();
}

// The shapes of the faces: round, a rounded square, a pentagon, a ring.
function outline(ctx, x, y, size, face) {
  if (face === "neutral") ctx.roundRect(x - size, y - size, 2 * size, 2 * size, size / 3);
  else if (face === "unhappy") {
    for (let corner = 0; corner < 5; corner += 1) {
      const angle = (Math.PI * (4 * corner + 1)) / 10 + Math.PI / 5;
      ctx.lineTo(x + 1.15 * size * Math.cos(angle), y + 1.15 * size * Math.sin(angle));
    }
  } else ctx.arc(x, y, size, 0, 2 * Math.PI);
}

function xOf(chart, seconds) {
  return chart.valToPos(seconds, "x", true);
}

