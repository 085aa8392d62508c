// The plot page: the address says what is drawn; whatever is done here changes the address, and the plot follows.
import { changedBy, hiddenCurves, queryOf, readCurves, withCurves } from "./address.js";
import { drawChart, setCursorAt } from "./chart/chart.js";
import { fetchJson } from "./panels/choices.js";
import { CurveList } from "./panels/curves.js";
import { Editor } from "./panels/editor.js";
import { watchKeys } from "./chart/keys.js";
import { Notes } from "./panels/notes.js";
import { Picker } from "./panels/picker.js";
import { watchPointer } from "./chart/pointer.js";
import { Readout } from "./panels/readout.js";
import { bucketAt } from "./chart/series.js";
import { between, moved, zoomed } from "./spans.js";
import { TimeRow } from "./panels/time_row.js";
import { Zone } from "./times.js";
import { Tools } from "./panels/tools.js";

const MINUTE = 60;

// How long it took from the data's arrival to the picture, for whoever measures.
function measure() {
  if (!performance.getEntriesByName("plot-arrived").length) return;
  performance.measure("plot", "plot-arrived");
  performance.clearMarks("plot-arrived");
}

export class PlotPage {
  constructor(section) {
    const { zone, data, image, choices, keys, category, moved, reload } = section.dataset;
    this.addresses = { data, image, choices, keys, category, moved };
    this.zone = new Zone(zone);
    this.place = section.querySelector(".chart");
    this.parameters = new URLSearchParams(location.search);
    this.cursor = null;
    this.interval = Math.min(MINUTE, Number(reload)) * 1000;
    this.notes = new Notes(section, (begin, end) => this.go(between(this.parameters, begin, end, { now: end + MINUTE }, this.zone)));
    this.readout = new Readout(section, this.zone);
    this.curves = new CurveList(section, this);
    this.tools = new Tools(section, this.addresses, this);
    this.picker = new Picker(this.addresses, { add: (curves) => this.add(curves), closed: () => this.focusOn(".add") });
    this.editor = new Editor(this.picker.choices, {
      replace: (curve) => this.replace(curve),
      closed: (number) => this.focusOn(`.curves li:nth-child(${number}) .edit`),
    });
    section.append(this.editor.place, this.picker.place);
    this.section = section;
    this.timeRow = new TimeRow(this);
    this.watch();
  }

  watch() {
    watchPointer(this.place, this);
    watchKeys(this.place, this);
    const again = () => this.plot && this.draw();
    new ResizeObserver(() => this.place.clientWidth !== this.place.drawn?.chart.width && again()).observe(this.place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    addEventListener("popstate", () => this.take(new URLSearchParams(location.search)));
    document.addEventListener("visibilitychange", () => this.renewIfDue());
    if (this.interval > 0) setInterval(() => this.renewIfDue(), 1000);
  }

  start() {
    this.take(this.parameters);
    if (!readCurves(this.parameters).length) this.picker.open(false);
  }

  // Another address: drawn, and to be come back to.
  go(parameters) {
    if (queryOf(parameters) === queryOf(this.parameters)) return;
    history.pushState(null, "", `${location.pathname}${queryOf(parameters)}`);
    this.take(parameters);
  }

  take(parameters) {
    this.parameters = parameters;
    this.tools.show(parameters);
    this.section.classList.toggle("empty", !readCurves(parameters).length);
    this.load();
  }

  async load() {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    this.due = Date.now() + this.interval;
    if (!readCurves(this.parameters).length) return this.showNothing();
    this.place.setAttribute("aria-busy", "true");
    try {
      const points = String(Math.max(200, Math.round(this.place.clientWidth / 100) * 100));
      const asked = changedBy(this.parameters, { format: "json", points, full: "" });
      const plot = await fetchJson(`${this.addresses.data}${queryOf(asked)}`, loading.signal);
      if (loading === this.loading) this.show(plot);
    } catch (error) {
      if (loading === this.loading && !loading.signal.aborted) this.fail(error.message);
    } finally {
      if (loading === this.loading) this.place.removeAttribute("aria-busy");
    }
  }

  show(plot) {
    this.plot = plot;
    this.draw();
    this.notes.show(plot, this.zone);
    this.timeRow.show();
    const failed = plot.curves.find(({ number, problem }) => problem && number === this.editor.curve?.number);
    this.editor.complain(failed?.problem ?? "");
  }

  showNothing() {
    this.plot = null;
    this.place.drawn?.chart.destroy();
    this.place.drawn = undefined;
    this.place.replaceChildren();
    this.notes.clear();
    this.curves.place.replaceChildren();
  }

  // The old picture stays; what is wrong stands above it, and at the expression that is being changed.
  fail(sentence) {
    this.notes.complain(sentence);
    this.editor.complain(sentence);
  }

  draw() {
    const hidden = hiddenCurves(this.parameters);
    this.isShown = ({ number }) => !hidden.has(number);
    const onCursor = (chart) => this.followCursor(chart);
    const onDrawn = () => {
      measure();
      if (this.cursor !== null) this.cursorTo(this.cursor); // not before: the picture has no scales until then
    };
    drawChart(this.place, this.plot, { zone: this.zone, isShown: this.isShown, onCursor, onDrawn });
    this.curves.show(this.plot, this.isShown);
    if (this.cursor === null) this.readout.show(this.plot, null, "");
  }

  followCursor(chart) {
    const { left } = chart.cursor;
    if (left < 0 || !this.plot) return;
    this.cursor = chart.posToVal(left, "x");
    this.curves.values(this.plot, bucketAt(this.plot, this.cursor));
    this.readout.show(this.plot, this.cursor, this.momentAddress(this.cursor));
  }

  // What gestures, keys and buttons ask for.

  cursorTo(seconds) {
    const { begin, end } = this.plot;
    setCursorAt(this.place.drawn.chart, Math.min(end, Math.max(begin, seconds)));
  }

  step(buckets) {
    if (!this.plot?.times.length) return;
    const { times } = this.plot;
    const last = times.length - 1;
    const here = this.cursor === null ? (buckets < 0 ? last + 1 : -1) : bucketAt(this.plot, this.cursor);
    const there = Math.min(last, Math.max(0, here < 0 && this.cursor !== null ? this.bucketBefore() : here + buckets));
    this.cursor = Math.max(this.plot.begin, (times[there] + this.plot.ends[there]) / 2);
    this.cursorTo(this.cursor);
    this.readout.speak(this.plot, this.cursor, this.isShown);
  }

  bucketBefore() {
    return this.plot.times.findLastIndex((time) => time <= this.cursor);
  }

  zoom(factor, around = this.cursor ?? undefined) {
    if (this.plot) this.go(zoomed(this.parameters, this.plot, this.zone, factor, around));
  }

  pan(seconds) {
    if (this.plot) this.go(moved(this.parameters, this.plot, this.zone, seconds));
  }

  page(direction) {
    this.pan((direction * (this.plot.end - this.plot.begin)) / 2);
  }

  span(begin, end) {
    this.go(between(this.parameters, begin, end, this.plot, this.zone));
  }

  open(seconds, event) {
    const address = this.momentAddress(seconds);
    if (!address) return;
    if (event.ctrlKey || event.metaKey) window.open(address);
    else location.assign(address);
  }

  openAtCursor() {
    if (this.cursor !== null) this.open(this.cursor, {});
  }

  // The page of the module whose curve is the first that is shown.
  momentAddress(seconds) {
    const curve = this.plot.curves.find((each) => this.isShown(each) && each.category);
    if (!curve) return "";
    const category = `${this.addresses.category}${encodeURIComponent(curve.category)}`;
    return `${category}?at=${Math.floor(seconds / 60) * 60}#${encodeURIComponent(curve.instance)}`;
  }

  toggle(number) {
    const hidden = hiddenCurves(this.parameters);
    if (!hidden.delete(number)) hidden.add(number);
    const off = [...hidden].sort((a, b) => a - b).join(",");
    this.parameters = changedBy(this.parameters, { off });
    history.replaceState(null, "", `${location.pathname}${queryOf(this.parameters)}`);
    this.tools.show(this.parameters);
    this.draw();
  }

  change(words) {
    this.go(changedBy(this.parameters, words));
  }

  add(curves) {
    this.go(withCurves(this.parameters, [...this.own(), ...curves]));
  }

  replace(curve) {
    const curves = this.own().map((each) => (each.number === curve.number ? curve : each));
    this.go(withCurves(this.parameters, curves));
  }

  remove(number) {
    this.go(withCurves(this.parameters, this.own().filter((curve) => curve.number !== number)));
    this.focusOn(".add");
  }

  own() {
    const hidden = hiddenCurves(this.parameters);
    return readCurves(this.parameters).map((curve) => ({ ...curve, hidden: hidden.has(curve.number) }));
  }

  pick() {
    this.picker.open();
  }

  edit(number) {
    const curve = this.own().find((each) => each.number === number);
    this.editor.open(curve, this.plot?.curves.find((each) => each.number === number)?.problem);
  }

  focusOn(selector) {
    this.section.querySelector(selector)?.focus();
  }

  // A plot up to now renews itself, and waits while nobody looks.
  renewIfDue() {
    if (this.plot?.live && !document.hidden && Date.now() >= this.due && this.interval > 0) this.load();
  }
}
