// The picture itself, by uPlot.
import uPlot from "uplot";

import { drawGround, drawLimits, drawMarkers } from "./layers.js";
import { axesOf, scaleOf, scalesOf } from "./scales.js";
import { bandsOf, columnsOf, positionsOf } from "./series.js";
import { lineOf, paler } from "./style.js";

const NARROW = 600;
const DENSE = 6;
const STEPS = uPlot.paths.stepped({ align: 1, alignGaps: 1 });

// `place` is an element with a size of its own; what is drawn can be read from it as `place.drawn`.
export function drawChart(place, plot, { zone, isShown, onCursor, onDrawn }) {
  place.drawn?.chart.destroy();
  const chart = new uPlot(optionsOf(place, plot, { zone, isShown, onCursor, onDrawn }), columnsOf(plot), place);
  place.drawn = { chart, plot, positions: positionsOf(plot.curves) };
  return chart;
}

function optionsOf(place, plot, { zone, isShown, onCursor, onDrawn }) {
  const { clientWidth: width, clientHeight: height } = place;
  return {
    ...{ width, height },
    tzDate: (seconds) => zone.shifted(seconds),
    padding: [12, width < NARROW ? 8 : 16, 0, 0],
    scales: scalesOf(plot, isShown),
    axes: axesOf(plot, isShown, width < NARROW),
    series: [{}, ...plot.curves.flatMap((curve) => seriesOf(curve, isShown(curve), width / plot.times.length < DENSE))],
    bands: bandsBetween(plot.curves),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, dataIdx: holding, points: { size: 7 } },
    hooks: {
      drawClear: [(chart) => drawGround(chart, plot)],
      drawAxes: [(chart) => drawLimits(chart, plot, isShown)],
      draw: [(chart) => drawMarkers(chart, plot), once(onDrawn)],
      setCursor: [onCursor],
    },
  };
}

function seriesOf(curve, show, dense) {
  const { colour, dash } = lineOf(curve);
  const common = { scale: scaleOf(curve), paths: STEPS, points: { show: false }, show, gaps: wholeGaps };
  const line = { stroke: curve.compared ? paler(colour, 0.6) : colour, width: curve.compared ? 1.25 : 1.75 };
  if (!dense) line.dash = dash; // steps that are shorter than a dash would fall to pieces
  const edge = { ...common, stroke: "transparent", width: 0, fill: undefined };
  return bandsOf(curve).map((name) => (name === "mean" ? { ...common, ...line, label: curve.label } : edge));
}

// The step that leads out of a gap is not drawn either.
function wholeGaps(chart, series, from, to, gaps) {
  return gaps.map(([begin, end]) => [begin, end + 2 * devicePixelRatio]);
}

function bandsBetween(curves) {
  const positions = positionsOf(curves);
  return curves.flatMap((curve, index) => {
    if (bandsOf(curve).length === 1) return [];
    const at = positions[index];
    return [{ series: [at + 2, at + 1], fill: paler(lineOf(curve).colour, curve.compared ? 0.08 : 0.2) }];
  });
}

// A value holds until the next one: what is under the cursor is the one before it, not the nearest.
function holding(chart, series, closest, seconds) {
  const x = chart.data[0];
  return closest > 0 && x[closest] > seconds ? closest - 1 : closest;
}

export function setCursorAt(chart, seconds) {
  const left = Math.round(chart.valToPos(seconds, "x"));
  chart.setCursor({ left, top: chart.over.clientHeight / 2 });
}

export function showSelection(chart, begin, end) {
  const left = Math.min(begin, end);
  chart.setSelect({ left, top: 0, width: Math.abs(end - begin), height: chart.over.clientHeight }, false);
}


function once(action) {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
