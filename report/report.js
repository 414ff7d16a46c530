// What the page can do beyond being read, by the drawings that stand in it anyway: a request, a point or an instant
// that is pointed at, tapped or reached by the keyboard is named; series go and come by the legend or by the
// names at their lines; the selection is in the address. Nothing is drawn here that the page has not, and without script the page is whole.
"use strict";
(() => {
const SVG = "http://www.w3.org/2000/svg";
const PARTS = ["queue", "connect", "tls", "lag", "service"];
const NEAR = 9;  // points of the drawing

const element = id => document.getElementById(id);
const requests = JSON.parse(element("requests")?.textContent || "{}");
const tip = document.createElement("div");
const off = new Set();
let selected = null;  // {panel, kind: request | mark | instant, at, pinned}

// --- How values read: as in the rest of the page ---

const digits = value => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
const count = value => Math.round(value).toLocaleString("en");
function duration(us) {
  if (us < 0.5) return "0 µs";
  return us < 999.5 ? `${digits(us)} µs` : us < 999500 ? `${digits(us / 1e3)} ms` : `${digits(us / 1e6)} s`;
}
const READ = {
  us: duration, n: count, MiB: value => `${digits(value)} MiB`, "%": value => `${value.toFixed(1)} %`,
  percentile: value => `percentile ${(100 * (1 - 1 / value)).toPrecision(4)}`,
};

// --- The panels: a drawing's place and scales, and what there is to be named ---

function scaleOf(text) {
  const [kind, low, high, unit] = text.split(" ");
  const [a, b] = [low, high].map(kind === "log" ? text => Math.log(text) : Number);
  const value = share => kind === "log" ? Math.exp(a + share * (b - a)) : a + share * (b - a);
  return {value, share: value => ((kind === "log" ? Math.log(value) : value) - a) / (b - a), unit};
}

function panelOf(svg) {
  const group = svg.querySelector("[data-box]");
  if (!group) return null;
  const [left, top, width, height] = group.dataset.box.split(" ").map(Number);
  const y = scaleOf(group.dataset.y);
  const runs = (group.dataset.runs || "").split(";").filter(Boolean).map(text => {
    const [, from, to, key] = text.match(/^(\S+) (\S+) (.*)$/);
    return {run: requests[key], key, from: Number(from), to: Number(to)};
  }).filter(each => each.run);
  const rows = runs.flatMap(each => each.run.number.map((_, row) => ({...each, row})));
  const lines = y.unit ? [...group.querySelectorAll("[data-line]")] : [];
  return {
    svg, group, left, top, width, height, x: scaleOf(group.dataset.x), y, rows, lines,
    marks: [...group.querySelectorAll("[data-note]")].filter(mark => mark.dataset.note),
    figure: svg.closest("figure").id, linked: Boolean(svg.closest(".linked")),
  };
}

const panels = [...document.querySelectorAll("svg.chart")].map(panelOf).filter(Boolean);
const kindsOf = panel => panel.rows.length ? "request" : panel.marks.length ? "mark" : panel.lines.length ? "instant" : "";

function placeOf(panel, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(panel.svg.getScreenCTM().inverse());
}

const isOff = mark => mark.closest(".off") !== null;

function middleOf(mark) {
  const box = mark.getBBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

// What is named at a place of a panel: the point that is near, or the request of the row, or the instant.
function thingAt(panel, {x, y}) {
  let best = null, least = NEAR;
  panel.marks.forEach((mark, at) => {
    if (isOff(mark)) return;
    const [a, b] = middleOf(mark), distance = Math.hypot(a - x, b - y);
    if (distance < least) [best, least] = [at, distance];
  });
  if (best !== null) return {panel, kind: "mark", at: best};
  const row = rowAt(panel, panel.y.value(1 - (y - panel.top) / panel.height));
  if (row >= 0) return {panel, kind: "request", at: row};
  const share = (x - panel.left) / panel.width;
  return panel.lines.length && share >= 0 && share <= 1 ? {panel, kind: "instant", at: share} : null;
}

function rowAt(panel, y) {
  return panel.rows.findIndex(({from, to, run, row}) => {
    const step = (to - from) / run.number.length;
    return y >= from + row * step && y < from + (row + 1) * step;
  });
}

// --- The tip: what is named, in words; and its marks in the drawing ---

function add(parent, name, text, attributes = {}) {
  const child = parent.appendChild(document.createElement(name));
  if (text) child.textContent = text;
  for (const [key, value] of Object.entries(attributes)) child.setAttribute(key, value);
  return child;
}

const SAY = {
  mark({panel, at}) {
    const [name, ...rest] = panel.marks[at].dataset.note.split(": ");
    add(tip, "b", name);
    add(tip, "p", rest.join(": "));
  },
  request({panel, at}) {
    const {run, key, row} = panel.rows[at], of = name => Array.isArray(run[name]) ? run[name][row] : run[name];
    add(tip, "b", `${key}: request ${count(of("number"))}`);
    const due = of("due") ? `due at ${duration(of("due"))}, ` : "";
    add(tip, "p", `${of("class")}, ${of("outcome")}, ${due}done after ${duration(of("latency"))} (repetition ${run.repetition})`);
    const parts = PARTS.filter(name => run[name]).map(name => [name, of(name)]);
    const bar = add(tip, "div", "", {class: "parts", "aria-hidden": "true"});
    const list = add(tip, "p", "", {class: "names"});
    for (const [name, us] of parts) {
      add(bar, "i", "", {class: name, style: `flex-grow: ${us}`});
      add(list, "span", `${name} ${duration(us)}`, {class: name});
    }
  },
  instant({panel, at}) {
    const x = panel.x.value(at), read = READ[panel.x.unit] || String;
    add(tip, "b", read(x));
    const all = panel.linked ? panels.filter(each => each.figure === panel.figure) : [panel];
    for (const each of all) {
      const values = valuesAt(each, each.x.share(x));
      if (values.length) add(tip, "p", `${each.svg.getAttribute("aria-label")}: ${values.join(", ")}`);
    }
  },
};

// The value of each line that is there: read off its path.
function valuesAt(panel, share) {
  const place = panel.left + share * panel.width, values = new Map();
  for (const line of panel.lines) {
    if (isOff(line)) continue;
    line.points ??= (line.querySelector("path")?.getAttribute("d").match(/-?[\d.]+/g) || []).map(Number);
    for (let n = 0; n + 3 < line.points.length; n += 2) {
      const [x1, y1, x2, y2] = line.points.slice(n, n + 4);
      if (place < x1 || place > x2) continue;
      const y = x2 > x1 ? y1 + (y2 - y1) * (place - x1) / (x2 - x1) : y2;
      const value = panel.y.value(1 - (y - panel.top) / panel.height);
      values.set(line.dataset.series, `${line.dataset.series} ${READ[panel.y.unit](Math.max(value, 0))}`);
    }
  }
  return [...values.values()];
}

function draw(panel, name, attributes) {
  const shape = document.createElementNS(SVG, name);
  shape.setAttribute("class", "pointer");
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  panel.svg.append(shape);
}

const POINT = {
  mark({panel, at}) {
    const [cx, cy] = middleOf(panel.marks[at]);
    draw(panel, "circle", {cx, cy, r: 6});
  },
  request({panel, at}) {
    const {from, to, run, row} = panel.rows[at], step = (to - from) / run.number.length;
    const [a, b] = [row, row + 1].map(n => panel.top + (1 - panel.y.share(from + n * step)) * panel.height);
    draw(panel, "rect", {x: panel.left, width: panel.width, y: Math.min(a, b) - 0.75, height: Math.abs(b - a) + 1.5});
  },
  instant({panel, at}) {
    const x = panel.x.value(at);
    for (const each of panel.linked ? panels.filter(other => other.figure === panel.figure) : [panel]) {
      const share = each.x.share(x), place = each.left + share * each.width;
      if (share >= 0 && share <= 1) draw(each, "line", {x1: place, x2: place, y1: each.top, y2: each.top + each.height});
    }
  },
};

function show(thing) {
  document.querySelectorAll(".pointer").forEach(shape => shape.remove());
  selected = thing;
  tip.textContent = "";
  tip.hidden = !thing;
  if (!thing) return;
  SAY[thing.kind](thing);
  POINT[thing.kind](thing);
  const box = thing.panel.svg.getBoundingClientRect(), {offsetWidth: width, offsetHeight: height} = tip;
  const below = box.bottom + height + 8 < innerHeight || box.top < height + 8;
  tip.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8))}px`;
  tip.style.top = `${Math.max(8, Math.min(below ? box.bottom + 4 : box.top - height - 4, innerHeight - height - 8))}px`;
}

// --- The address: at=FIGURE~PANEL~KIND~PLACE, off=SERIES,SERIES ---

function remember() {
  const words = new URLSearchParams();
  if (selected?.pinned) {
    const {panel, kind, at} = selected, ofFigure = panels.filter(other => other.figure === panel.figure);
    words.set("at", [panel.figure, ofFigure.indexOf(panel), kind, Number(at.toFixed(4))].join("~"));
  }
  if (off.size) words.set("off", [...off].join(","));
  history.replaceState(null, "", !String(words) ? location.pathname + location.search : `#${words}`);
}

function recall() {
  if (!location.hash.includes("=")) return;
  const words = new URLSearchParams(location.hash.slice(1));
  (words.get("off") || "").split(",").filter(name => switches.has(name)).forEach(name => off.add(name));
  redraw();
  const [figure, number, kind, place] = (words.get("at") || "").split("~");
  const panel = panels.filter(each => each.figure === figure)[number], at = Number(place);
  const isThere = panel && {request: panel.rows[at], mark: panel.marks[at], instant: panel.lines.length && at >= 0 && at <= 1}[kind];
  if (isThere) {
    panel.svg.scrollIntoView({block: "center"});
    show({panel, kind, at, pinned: true});
  }
}

// --- The legend ---

const switches = new Map();

function redraw() {
  document.querySelectorAll("[data-series]").forEach(each => {
    const target = each.dataset.panel === undefined ? each : each.closest("svg");
    target.classList.toggle("off", off.has(each.dataset.series));
  });
  for (const label of document.querySelectorAll("[data-switch]")) label.classList.toggle("dim", off.has(label.dataset.switch));
  for (const [name, buttons] of switches)
    for (const button of buttons) button.setAttribute("aria-pressed", String(!off.has(name)));
}

function toggle(name) {
  if (!off.delete(name)) off.add(name);
  redraw();
  remember();
}

const series = new Set([...document.querySelectorAll("[data-series]")].map(each => each.dataset.series));
for (const entry of document.querySelectorAll(".legend [data-key]")) {
  const name = entry.dataset.key;
  if (!series.has(name)) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.title = "on and off";
  button.append(...entry.childNodes);
  entry.append(button);
  button.addEventListener("click", () => toggle(name));
  switches.set(name, [...(switches.get(name) || []), button]);
}

for (const label of document.querySelectorAll("[data-switch]")) {
  label.addEventListener("click", event => {
    toggle(label.dataset.switch);
    event.stopPropagation();
  });
}

// --- Pointer and keyboard ---

const STEPS = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10};

function step(panel, steps) {
  const kind = selected?.panel === panel ? selected.kind : kindsOf(panel);
  const before = selected?.panel === panel ? selected.at : null;
  if (kind === "instant") return {panel, kind, at: Math.max(0, Math.min(1, (before ?? 0.5) + steps / 50))};
  const all = kind === "mark" ? panel.marks : panel.rows;
  let at = before === null ? 0 : Math.max(0, Math.min(all.length - 1, before + steps));
  while (kind === "mark" && isOff(all[at]) && at + Math.sign(steps) in all) at += Math.sign(steps);
  return {panel, kind, at};
}

for (const panel of panels.filter(kindsOf)) {
  const {svg} = panel;
  svg.setAttribute("tabindex", "0");
  svg.addEventListener("pointermove", event => {
    if (!selected?.pinned) show(thingAt(panel, placeOf(panel, event)));
  });
  svg.addEventListener("pointerleave", () => selected?.pinned || show(null));
  svg.addEventListener("click", event => {
    const thing = thingAt(panel, placeOf(panel, event));
    show(thing && {...thing, pinned: true});
    remember();
    event.stopPropagation();
  });
  svg.addEventListener("focus", () => svg.matches(":focus-visible") && !selected?.pinned && show(step(panel, 0)));
  svg.addEventListener("blur", () => selected?.pinned || show(null));
  svg.addEventListener("keydown", event => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    show({...step(panel, STEPS[event.key]), pinned: true});
    remember();
  });
}

function dismiss() {
  if (!selected) return;
  show(null);
  remember();
}

tip.className = "tip";
tip.hidden = true;
tip.setAttribute("role", "status");
document.body.append(tip);
document.addEventListener("click", event => tip.contains(event.target) || dismiss());
document.addEventListener("keydown", event => event.key === "Escape" && dismiss());
addEventListener("scroll", () => selected && show(selected.pinned ? selected : null), {passive: true});
addEventListener("hashchange", recall);
document.documentElement.classList.add("alive");
recall();
})();
