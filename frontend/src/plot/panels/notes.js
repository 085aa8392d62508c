// What is said about a plot: what is wrong, that there is no data in its span, and the list of changes of status.
import { make } from "./elements.js";
import { sentenceOf } from "./readout.js";
import { markersOf } from "../chart/layers.js";

export class Notes {
  constructor(section, onSpan) {
    this.problem = section.querySelector(".plot-problem");
    this.list = section.querySelector(".changes");
    this.state = document.querySelector(".plot-page .state");
    this.onSpan = onSpan;
  }

  show(plot, zone) {
    this.complain(problemsOfAll(plot).join(" "));
    this.entitle(plot.title || plot.curves.filter(({ compared }) => !compared).map(({ label }) => label).join(", "));
    if (!plot.times.length && plot.recorded) this.showRecorded(plot.recorded, zone);
    if (this.state) this.state.textContent = stateOf(plot, zone);
    const markers = markersOf(plot);
    const summary = make("summary", {}, `${markers.length} ${markers.length === 1 ? "change" : "changes"} of status`);
    const items = markers.map((marker) => make("li", {}, make("b", {}, zone.date(marker.time)), ` ${sentenceOf(marker, zone)}`));
    this.list.replaceChildren(...(markers.length ? [summary, make("ul", {}, ...items)] : []));
    this.list.hidden = !markers.length;
  }

  // As the server entitles the page: first what it shows, then the site.
  entitle(text) {
    const heading = document.querySelector(".plot-page h1");
    if (!heading || heading.textContent === text) return;
    document.title = document.title.replace(heading.textContent, () => text);
    heading.textContent = text;
  }

  clear() {
    this.entitle("Plots");
    this.complain("");
    this.list.hidden = true;
    if (this.state) this.state.textContent = "";
  }

  complain(sentence) {
    this.problem.textContent = sentence;
    this.problem.hidden = !sentence;
  }

  showRecorded({ begin, end }, zone) {
    const said = `Nothing is stored in this span. There is something from ${zone.full(begin)} to ${zone.full(end)}. `;
    const show = () => this.onSpan(begin, end);
    this.problem.replaceChildren(said, make("button", { type: "button", onclick: show }, "Show that"));
    this.problem.hidden = false;
  }
}

// What is wrong with one curve stands at that curve.
function problemsOfAll({ problems, curves }) {
  return problems.filter((sentence) => !curves.some(({ problem }) => problem && sentence.endsWith(problem)));
}

function stateOf({ begin, end, live }, zone) {
  return live ? `${zone.full(begin)} to now` : `${zone.full(begin)} to ${zone.full(end)}`;
}
