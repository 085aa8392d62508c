// From a plot's JSON to what uPlot draws: one x for all, and for each curve its mean, with low and high where they differ.

// A value holds until the end of its bucket, and is not there from then on: so a bucket before a gap has a point at its
// end, one second before the gap begins.
export function columnsOf(plot) {
  const { times, ends, curves } = plot;
  const x = [];
  const from = [];
  const last = times.length - 1;
  for (let at = 0; at <= last; at += 1) {
    x.push(times[at]);
    from.push(at);
    const ending = ends[at] - 1 > times[at] && (at === last || ends[at] < times[at + 1] || losesOne(curves, at));
    if (!ending) continue;
    x.push(ends[at] - 1);
    from.push(at);
    if (at < last && ends[at] < times[at + 1]) {
      x.push(ends[at]);
      from.push(-1);
    }
  }
  const spread = (values) => from.map((at) => (at < 0 ? null : values[at]));
  return [x, ...curves.flatMap((curve) => bandsOf(curve).map((name) => spread(curve[name])))];
}

function losesOne(curves, at) {
  return curves.some(({ mean }) => mean[at] !== null && mean[at + 1] === null);
}

export function bandsOf(curve) {
  return curve.low && curve.high ? ["mean", "low", "high"] : ["mean"];
}

// Where the mean of each curve stands among uPlot's series.
export function positionsOf(curves) {
  let next = 1;
  return curves.map((curve) => (next += bandsOf(curve).length) - bandsOf(curve).length);
}

// The bucket that holds a moment, -1 where no run was made then.
export function bucketAt(plot, seconds) {
  let [low, high] = [0, plot.times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (plot.times[middle] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low > 0 && seconds < plot.ends[low - 1] ? low - 1 : -1;
}
