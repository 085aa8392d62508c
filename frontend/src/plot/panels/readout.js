// What is under the cursor, in words: the moment, the changes of status near it, the way to its page.
import { markersOf, wordOf } from "../chart/layers.js";
import { make } from "./elements.js";
import { bucketAt } from "../chart/series.js";
import { human } from "../units.js";

export class Readout {
  constructor(section, zone) {
    this.zone = zone;
    this.place = section.querySelector(".readout");
    this.spoken = make("p", { class: "sr-only", "aria-live": "polite", id: "hf-plot-spoken" });
    this.place.after(this.spoken);
  }

  // `link` is the address of the page of that moment.
  show(plot, seconds, link) {
    if (seconds === null) {
      this.place.replaceChildren(make("span", { class: "what" }, HINT));
      return;
    }
    const bucket = bucketAt(plot, seconds);
    const marker = markerNear(plot, bucket);
    this.place.replaceChildren(
      make("b", {}, this.moment(plot, bucket, seconds)),
      bucket < 0 ? " no run was made" : "",
      link ? make("a", { href: link, class: "at" }, "page of this moment") : "",
      marker ? make("span", { class: "change" }, sentenceOf(marker, this.zone)) : "",
    );
  }

  moment(plot, bucket, seconds) {
    if (bucket < 0) return this.zone.full(seconds);
    const [begin, end] = [plot.times[bucket], plot.ends[bucket]];
    const sameDay = this.zone.date(begin) === this.zone.date(end);
    const until = sameDay ? this.zone.time(end) : `${this.zone.date(end)} ${this.zone.time(end)}`;
    return `${this.zone.date(begin)} ${this.zone.time(begin)} – ${until} ${this.zone.name(end)}`;
  }

  // Only moves of the keyboard are spoken: those of the mouse are too many.
  speak(plot, seconds, isShown) {
    const bucket = bucketAt(plot, seconds);
    const values = plot.curves.filter(isShown).map((curve) => `${nameOf(curve)}: ${valueOf(curve, bucket)}`);
    const marker = markerNear(plot, bucket);
    const texts = [this.moment(plot, bucket, seconds), ...values, marker ? sentenceOf(marker, this.zone) : ""];
    this.spoken.textContent = texts.filter(Boolean).join(", ");
  }
}

const HINT = matchMedia("(pointer: coarse)").matches
  ? "Tap the plot to read its values; two fingers zoom."
  : "Drag to zoom, with Shift to move; a click opens the page of that moment.";

export function nameOf(curve) {
  return curve.compared ? `${curve.label}, earlier` : curve.label;
}

export function valueOf(curve, bucket) {
  const value = bucket < 0 ? null : curve.mean[bucket];
  return value === null || value === undefined ? "—" : human(value, curve.unit);
}

// The least and the most within a bucket, where they differ.
export function rangeOf(curve, bucket) {
  if (bucket < 0 || !curve.low || !curve.high || curve.low[bucket] === curve.high[bucket]) return "";
  return curve.low[bucket] === null ? "" : `${human(curve.low[bucket], curve.unit)} to ${human(curve.high[bucket], curve.unit)}`;
}

function markerNear(plot, bucket) {
  if (bucket < 0) return undefined;
  return markersOf(plot).findLast(({ time }) => plot.times[bucket] <= time && time < plot.ends[bucket]);
}

export function sentenceOf({ time, face, title, sentence }, zone) {
  const said = sentence ? `: ${sentence}` : "";
  return `${zone.time(time)} ${title} ${wordOf(face)}${said}`;
}
