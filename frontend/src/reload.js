// A page that shows now renews itself. What the reader did to it stays: what is unfolded, how tables are sorted and
// which rows of them are there, the keyboard's place and what is in sight. It waits while somebody types or marks text, and
// while nobody looks. A page of the past never changes. What looks after itself (data-keep) is taken over as it is.
import htmx from "htmx.org";

import { showCurrentCategory } from "./navigation.js";
import { orderOf, sortBy } from "./sort.js";

let due = 0;
let busy = false;

export function startReloading(prepare) {
  if (!page().dataset.reload) return;
  plan();
  setInterval(() => {
    showAge();
    reloadIfDue(prepare);
  }, 1000);
  document.addEventListener("visibilitychange", () => reloadIfDue(prepare));
}

function page() {
  return document.getElementById("hf-page");
}

function plan() {
  due = Date.now() + 1000 * Number(page().dataset.reload);
}

async function reloadIfDue(prepare) {
  if (busy || Date.now() < due || document.hidden || !page().dataset.reload || isUsed()) return;
  busy = true;
  plan();
  try {
    const next = await fetched(location.href);
    const fresh = next.getElementById("hf-page");
    if (!fresh?.dataset.reload) throw new Error("the answer is not this page");
    await keepUnfolded(fresh);
    await keepRows(fresh);
    if (!isUsed()) show(next, fresh, prepare);
    showWhetherLost(false);
  } catch {
    showWhetherLost(true);
  } finally {
    busy = false;
  }
}

// How old the newest run is stays true while the page waits. The server's clock counts, not the reader's.
function showAge() {
  const time = document.querySelector(".fresh time");
  if (!time) return;
  time.since ??= performance.now();
  const minutes = Math.floor((Number(time.dataset.age) + (performance.now() - time.since) / 1000) / 60);
  if (minutes < 1 || minutes >= 1440) return;
  const parts = [Math.floor(minutes / 60), minutes % 60];
  const said = parts[0] ? `${parts[0]} h${parts[1] ? ` ${parts[1]} min` : ""}` : `${minutes} min`;
  if (time.textContent !== `${said} ago`) time.textContent = `${said} ago`;
}

function isUsed() {
  const typing = document.activeElement?.closest("input, select, textarea");
  return Boolean(typing) || document.getSelection()?.isCollapsed === false;
}

function showWhetherLost(lost) {
  document.querySelector(".notice.lost").hidden = !lost;
}

async function fetched(address, options) {
  const answer = await fetch(address, { ...options, cache: "no-cache", signal: AbortSignal.timeout(20000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function fetchedPart(address) {
  return fetched(address, { headers: { "HX-Request": "true" } });
}

// What was unfolded and fetched is fetched again, before anything is shown.
async function keepUnfolded(fresh) {
  const folded = [...fresh.querySelectorAll("details[hx-get][id]")];
  await Promise.all(folded.filter((details) => byId(page(), details.id)?.open).map(unfold));
}

async function unfold(details) {
  const part = await fetchedPart(details.getAttribute("hx-get"));
  const wanted = details.getAttribute("hx-select");
  details.querySelector(".content").replaceChildren(...(wanted ? part.querySelectorAll(wanted) : part.body.childNodes));
  details.removeAttribute("hx-get");
}

// Tables of which the reader asked for more rows have the same ones again.
async function keepRows(fresh) {
  const paged = [...page().querySelectorAll(".rows[data-first]")];
  await Promise.all(paged.map((rows) => sameRows(fresh, rows)));
}

async function sameRows(fresh, old) {
  const renewed = byId(fresh, old.id);
  const link = renewed?.querySelector(".more a");
  if (!link) return;
  const address = new URL(link.getAttribute("href"), location.href);
  address.searchParams.set("first", old.dataset.first);
  const rows = (await fetchedPart(address)).querySelector(".rows");
  if (rows) renewed.replaceWith(rows);
}

function show(next, fresh, prepare) {
  const place = placeOfFocus();
  const anchor = firstInSight();
  const orders = sortedTables();
  const sideways = document.querySelector(".bar")?.scrollLeft ?? 0;
  for (const details of page().querySelectorAll("details[id]")) {
    const same = byId(fresh, details.id);
    if (same) same.open = details.open;
  }
  document.title = next.title;
  document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").getAttribute("href");
  document.adoptNode(fresh);
  for (const kept of page().querySelectorAll("[data-keep][id]")) byId(fresh, kept.id)?.replaceWith(kept);
  page().replaceWith(fresh);
  prepare(fresh);
  htmx.process(fresh);
  for (const [id, { column, order }] of orders) {
    const table = byId(fresh, id)?.querySelector("table.sorts");
    if (table?.tHead.rows[0].cells[column]) sortBy(table, column, order);
  }
  showCurrentCategory();
  const bar = fresh.querySelector(".bar");
  if (bar) bar.scrollLeft = sideways;
  backInSight(anchor);
  elementAt(place)?.focus({ preventScroll: true });
}

function byId(root, id) {
  return [...root.querySelectorAll("[id]")].find((element) => element.id === id);
}

function sortedTables() {
  const found = [];
  for (const rows of page().querySelectorAll(".rows")) {
    const table = rows.querySelector("table.sorts");
    const order = table && orderOf(table);
    if (order) found.push([rows.id, order]);
  }
  return found;
}

// The focus is found again as the same kind of element at the same place within the same module.
function placeOfFocus() {
  const focused = document.activeElement;
  const home = focused?.parentElement?.closest("[id]");
  if (!home || !page().contains(focused)) return null;
  return { home: home.id, tag: focused.tagName, at: [...home.querySelectorAll(focused.tagName)].indexOf(focused) };
}

function elementAt(place) {
  return place && document.getElementById(place.home)?.querySelectorAll(place.tag)[place.at];
}

function firstInSight() {
  for (const card of page().querySelectorAll("article[id]")) {
    const { top, bottom } = card.getBoundingClientRect();
    if (bottom > 0) return window.scrollY > 0 ? { id: card.id, top } : null;
  }
  return null;
}

function backInSight(anchor) {
  const element = anchor && document.getElementById(anchor.id);
  if (element) window.scrollBy(0, element.getBoundingClientRect().top - anchor.top);
}
