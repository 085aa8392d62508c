// Mouse and fingers. Dragging marks a span to zoom into, with Shift it moves the plot; a click goes to the page of that
// moment. A finger moves the cursor, two fingers zoom; what a page of a moment is reached by, a finger finds below.
import { showSelection } from "./chart.js";

const SLIP = 5;

export function watchPointer(place, actions) {
  const fingers = new Map();
  let drag = null;

  place.addEventListener("pointerdown", (event) => {
    if (!inside(event) || event.button) return;
    fingers.set(event.pointerId, event.clientX);
    if (event.pointerType === "touch" && fingers.size === 2) drag = pinchOf(fingers);
    else if (event.pointerType !== "touch") drag = { from: event.clientX, pans: event.shiftKey };
    if (drag) event.preventDefault(); // else text would be marked
    place.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    if (event.pointerType === "touch" && fingers.size === 1) actions.cursorTo(secondsAt(event.clientX));
    else if (drag && !drag.pinch) follow(event);
  });
  place.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId)) return;
    const done = drag;
    drag = null;
    if (done?.pinch) zoomByPinch(done, event);
    else if (done) finish(done, event);
    else actions.cursorTo(secondsAt(event.clientX));
  });
  place.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    drag = null;
    showSelection(chart(), 0, 0);
  });

  const chart = () => place.drawn.chart;
  const inside = (event) => Boolean(place.drawn && chart().over.contains(event.target));
  const leftOf = (x) => {
    const { left, width } = chart().over.getBoundingClientRect();
    return Math.min(width, Math.max(0, x - left));
  };
  const secondsAt = (x) => chart().posToVal(leftOf(x), "x");

  function follow(event) {
    if (!drag.pans) showSelection(chart(), leftOf(drag.from), leftOf(event.clientX));
    else place.classList.add("panning");
  }

  function finish(done, event) {
    const [begin, end] = [secondsAt(done.from), secondsAt(event.clientX)];
    showSelection(chart(), 0, 0);
    place.classList.remove("panning");
    if (Math.abs(event.clientX - done.from) < SLIP) actions.open(begin, event);
    else if (done.pans) actions.pan(begin - end);
    else actions.span(Math.min(begin, end), Math.max(begin, end));
  }

  function pinchOf(positions) {
    const [one, other] = [...positions.values()];
    return { pinch: true, from: Math.abs(one - other), middle: secondsAt((one + other) / 2) };
  }

  function zoomByPinch({ from, middle }, event) {
    const [left = event.clientX] = fingers.values();
    fingers.clear();
    const factor = from / Math.max(20, Math.abs(left - event.clientX));
    if (Math.abs(factor - 1) > 0.1) actions.zoom(factor, middle);
  }
}
