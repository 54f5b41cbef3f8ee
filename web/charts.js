// What charts do under the pointer and by keyboard: crosshair, tooltip, zoom and downloads. The drawings are the engine's; a
// drawing carries its points as text in `data-points` (src/chart/points.rs), and what is shown here is read from them.
(() => {
  "use strict";

  const DRAWING = ".drawing[data-points]";
  const SVG = "http://www.w3.org/2000/svg";
  // Drags shorter than this are clicks, in pixels of the page.
  const DRAG = 6;
  // Distance of labels on a zoomed axis, in pixels of the drawing.
  const LABELS = 84;

  // The points of each drawing, with the text they were read from.
  const known = new WeakMap();
  // The crosshair of each drawing, and its zoomed copy with the drawing it was made from.
  const crosses = new WeakMap();
  const copies = new WeakMap();
  // The zoom of each axis: the values at its ends.
  const zooms = new Map();
  // Where the crosshair is: an axis, a value on it, and the drawing that it was put on.
  let place = null;
  let drag = null;
  let ids = 0;

  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  document.addEventListener("DOMContentLoaded", () => document.body.append(said), { once: true });
  if (document.body) document.body.append(said);

  const drawings = () => [...document.querySelectorAll(DRAWING)].filter((drawing) => drawing.checkVisibility?.() ?? drawing.offsetParent !== null);
  const drawingOf = (target) => target.closest?.(DRAWING) ?? null;
  const svgOf = (drawing) => drawing.querySelector("svg:not(.zoom)");

  function chartOf(drawing) {
    const text = drawing.dataset.points;
    const cached = known.get(drawing);
    if (cached?.text === text) return cached;
    const [head, ...lines] = text.split("\n\n").map((part) => part.split("\n"));
    const [left, top, right, bottom] = head.slice(1, 5).map(Number);
    const points = lines.map(([at, x, base, run, ...cells]) => ({
      at: Number(at),
      x: Number(x),
      y: [base, run].map((y) => (y === "-" ? null : Number(y))),
      cells,
    }));
    const chart = { text, axis: head[0], left, top, right, bottom, heads: head.slice(5), points, isRows: head[0] === "rows" };
    known.set(drawing, chart);
    return chart;
  }

  // Values are linear in pixels: the first and the last point give the scale.
  function scaleOf({ points }) {
    const [first, last] = [points[0], points[points.length - 1]];
    const perPixel = (last.at - first.at) / (last.x - first.x);
    return Number.isFinite(perPixel) && perPixel > 0
      ? { value: (x) => first.at + (x - first.x) * perPixel, px: (at) => first.x + (at - first.at) / perPixel }
      : null;
  }

  // From pixels of the drawing to those of its zoomed copy.
  function viewOf(chart) {
    const zoom = zooms.get(chart.axis);
    const scale = zoom && scaleOf(chart);
    if (!scale) return { to: (x) => x, from: (x) => x };
    const [from, to] = zoom.map(scale.px);
    const factor = (chart.right - chart.left) / (to - from);
    return { to: (x) => chart.left + (x - from) * factor, from: (x) => from + (x - chart.left) / factor };
  }

  function positionOf(drawing, event) {
    const svg = svgOf(drawing);
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    return [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
  }

  // The place of the point next to a pixel, of those in sight.
  function nearest(chart, pixel) {
    const { to } = chart.isRows ? { to: (x) => x } : viewOf(chart);
    const isSeen = (x) => chart.isRows || (x >= chart.left - 1 && x <= chart.right + 1);
    let best = -1;
    chart.points.forEach(({ x }, i) => {
      const distance = Math.abs(to(x) - pixel);
      if (isSeen(to(x)) && (best < 0 || distance < Math.abs(to(chart.points[best].x) - pixel))) best = i;
    });
    return best;
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function crossOf(drawing) {
    let cross = crosses.get(drawing);
    if (!cross) {
      cross = element("div", "cross");
      cross.setAttribute("aria-hidden", "true");
      cross.append(element("i", "cross-line"), element("i", "cross-dot base"), element("i", "cross-dot run"), element("div", "tip"));
      crosses.set(drawing, cross);
    }
    if (cross.parentNode !== drawing) drawing.append(cross);
    return cross;
  }

  // Puts the crosshair on every chart that shares the axis.
  function show(drawing, index) {
    const chart = chartOf(drawing);
    const point = chart.points[index];
    if (!point) return hide();
    place = { axis: chart.axis, at: point.at, drawing };
    for (const other of drawings()) {
      const its = chartOf(other);
      if (other !== drawing && (chart.isRows || its.axis !== chart.axis)) crosses.get(other)?.remove();
      else draw(other, its, other === drawing ? index : closest(its, point.at));
    }
  }

  function closest({ points }, at) {
    let best = 0;
    points.forEach((point, i) => {
      if (Math.abs(point.at - at) < Math.abs(points[best].at - at)) best = i;
    });
    return best;
  }

  function draw(drawing, chart, index) {
    const point = chart.points[index];
    const cross = crossOf(drawing);
    const svg = svgOf(drawing);
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const x = chart.isRows ? null : viewOf(chart).to(point.x);
    cross.hidden = x !== null && (x < chart.left - 1 || x > chart.right + 1);
    const [line, base, run, tip] = cross.children;
    const put = (part, left, top) => {
      part.hidden = left === null || top === null;
      part.style.left = `${(left ?? 0) * scale}px`;
      part.style.top = `${(top ?? 0) * scale}px`;
    };
    if (chart.isRows) {
      const height = (chart.bottom - chart.top) / chart.points.length;
      put(line, 0, chart.top + height * index);
      line.style.width = "100%";
      line.style.height = `${height * scale}px`;
      put(base, null, null);
      put(run, null, null);
    } else {
      put(line, x, chart.top);
      line.style.width = "";
      line.style.height = `${(chart.bottom - chart.top) * scale}px`;
      put(base, x, point.y[0]);
      put(run, x, point.y[1]);
    }
    line.classList.toggle("band", chart.isRows);
    const values = chart.heads.flatMap((head, i) => {
      const name = element("span", `tip-${head.split(" ")[0].toLowerCase()}`, head);
      return [name, element("b", "", point.cells[i + 1])];
    });
    tip.replaceChildren(element("strong", "", point.cells[0]), ...values);
    const ends = chart.isRows ? point.y.map((y) => y ?? 0) : [x, x];
    const isRight = Math.max(...ends) < (chart.left + chart.right) / 2;
    const room = drawing.clientWidth - tip.offsetWidth;
    const left = isRight ? Math.max(...ends) * scale + 14 : Math.min(...ends) * scale - 14 - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(left, room))}px`;
    // Beside a row; above the plotting area, whose lines it would hide: over the legend and the title, which can wait.
    const beside = Math.max(0, Math.min((point.x ?? 0) * scale - tip.offsetHeight / 2, drawing.clientHeight - tip.offsetHeight));
    tip.style.top = `${chart.isRows ? beside : (chart.top - 2) * scale - tip.offsetHeight}px`;
  }

  function hide() {
    place = null;
    for (const drawing of drawings()) crosses.get(drawing)?.remove();
  }

  function say(drawing, index) {
    const { heads, points } = chartOf(drawing);
    const cells = points[index]?.cells ?? [];
    said.textContent = [cells[0], ...heads.map((head, i) => `${head} ${cells[i + 1]}`)].join(", ");
  }

  // Zooms an axis to values; without values, back to the whole.
  function zoom(axis, values) {
    if (values) zooms.set(axis, values);
    else zooms.delete(axis);
    drawings().forEach(refresh);
    sliders().forEach(align);
    if (place?.axis === axis) show(place.drawing, closest(chartOf(place.drawing), place.at));
  }

  // Brings the zoomed copy of a drawing up to date.
  function refresh(drawing) {
    const chart = chartOf(drawing);
    const svg = svgOf(drawing);
    const values = !chart.isRows && scaleOf(chart) ? zooms.get(chart.axis) : undefined;
    const old = copies.get(drawing);
    const isCurrent = old?.svg === svg && old.values === values && old.parts.every((part) => part.isConnected);
    if (isCurrent || (!old && !values)) {
      drawing.classList.toggle("is-zoomed", values !== undefined);
      return;
    }
    old?.parts.forEach((part) => part.remove());
    copies.delete(drawing);
    drawing.classList.toggle("is-zoomed", values !== undefined);
    if (!values) return;
    const back = element("button", "small unzoom", "Reset zoom");
    back.type = "button";
    const parts = [zoomed(svg, chart), back];
    svg.after(parts[0]);
    // Under the drawing, where it covers nothing and moves nothing.
    drawing.closest("figure").querySelector(".figure-foot").prepend(back);
    copies.set(drawing, { svg, values, parts });
  }

  // A copy of a drawing in which everything between the edges of the plotting area is stretched along the axis. Texts keep
  // their shape; the axis has labels of the points in sight.
  function zoomed(svg, chart) {
    const copy = svg.cloneNode(true);
    copy.classList.add("zoom");
    for (const name of ["role", "aria-label"]) copy.removeAttribute(name);
    copy.setAttribute("aria-hidden", "true");
    const { left, top, right, bottom } = chart;
    const { to } = viewOf(chart);
    const clip = `chart-clip-${++ids}`;
    for (const part of [...copy.children]) {
      const is = (...names) => names.includes(part.tagName);
      const number = (name) => Number(part.getAttribute(name));
      const points = is("polyline", "polygon") ? part.getAttribute("points").split(" ").map((pair) => pair.split(",").map(Number)) : [];
      const xs = is("line") ? ["x1", "x2"] : is("circle") ? ["cx"] : is("rect", "text") ? ["x"] : [];
      const ys = is("line") ? ["y1", "y2"] : is("circle") ? ["cy"] : ["y"];
      const places = points.length ? points.map(([x]) => x) : xs.map(number);
      const heights = points.length ? points.map(([, y]) => y) : ys.map(number);
      if (is("rect")) places.push(number("x") + number("width"));
      // The range of a column of pixels says nothing about wider ones.
      if (is("polygon") && chart.axis === "time") {
        part.remove();
        continue;
      }
      if (places.some((x) => x < left - 1 || x > right + 15) || heights.some((y) => y < top - 1)) continue;
      if (heights.every((y) => y >= bottom) && heights.some((y) => y > bottom + 1)) {
        part.remove();
        continue;
      }
      if (points.length) part.setAttribute("points", points.map(([x, y]) => `${round(to(x))},${y}`).join(" "));
      if (is("rect")) part.setAttribute("width", round(to(places[1]) - to(places[0])));
      for (const name of xs) part.setAttribute(name, round(to(number(name))));
      part.setAttribute("clip-path", `url(#${clip})`);
    }
    const make = (name, attributes) => {
      const made = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const path = make("clipPath", { id: clip });
    path.append(make("rect", { x: left, y: 0, width: right - left, height: svg.viewBox.baseVal.height }));
    copy.prepend(path);
    let free = -Infinity;
    for (const { x, cells } of chart.points) {
      const at = to(x);
      if (at < left - 0.5 || at > right + 0.5 || at < free) continue;
      free = at + LABELS;
      copy.append(make("line", { x1: round(at), y1: bottom, x2: round(at), y2: bottom + 4, stroke: "var(--chart-baseline)" }));
      const anchor = at > right - 30 ? "end" : at < left + 10 ? "start" : "middle";
      const text = make("text", { x: round(at), y: bottom + 15, dy: "0.5ex", "font-size": 12, "text-anchor": anchor, fill: "var(--chart-muted)" });
      text.textContent = cells[0];
      copy.append(text);
    }
    return copy;
  }

  function round(value) {
    return Math.round(value * 10) / 10;
  }

  // Zooms around the crosshair: a factor below 1 shows less.
  function zoomBy(drawing, factor) {
    const chart = chartOf(drawing);
    const scale = !chart.isRows && scaleOf(chart);
    if (!scale) return;
    const whole = [scale.value(chart.left), scale.value(chart.right)];
    const [from, to] = zooms.get(chart.axis) ?? whole;
    const middle = place?.axis === chart.axis ? place.at : (from + to) / 2;
    zoomWithin(chart.axis, whole, [middle - (middle - from) * factor, middle + (to - middle) * factor]);
  }

  // Zooms to what of these values is on the axis, down to a two-hundredth of it.
  function zoomWithin(axis, whole, values) {
    const ends = [Math.max(values[0], whole[0]), Math.min(values[1], whole[1])];
    const isWhole = ends[1] - ends[0] > (whole[1] - whole[0]) * 0.99;
    if ((ends[1] - ends[0]) * 200 > whole[1] - whole[0]) zoom(axis, isWhole ? null : ends);
  }

  // Two fingers on a chart: what was under them when the second came down stays under them.
  const fingers = new Map();
  let pinch = null;

  document.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    const drawing = drawingOf(event.target);
    if (!drawing) return void (place && hide());
    fingers.set(event.pointerId, { drawing, x: positionOf(drawing, event)[0] });
    const chart = chartOf(drawing);
    const scale = !chart.isRows && scaleOf(chart);
    if (fingers.size === 1) return point(drawing, event);
    if (!scale || fingers.size !== 2 || [...fingers.values()].some((finger) => finger.drawing !== drawing)) return;
    const { from } = viewOf(chart);
    const values = [...fingers].map(([id, { x }]) => [id, scale.value(from(x))]);
    pinch = { drawing, chart, values, whole: [scale.value(chart.left), scale.value(chart.right)] };
    hide();
  });
  for (const event of ["pointerup", "pointercancel"]) {
    document.addEventListener(event, ({ pointerId }) => fingers.delete(pointerId) && (pinch = null));
  }

  function pinchTo(event) {
    const { drawing, chart, values: [[a, first], [b, second]], whole } = pinch;
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    finger.x = positionOf(drawing, event)[0];
    const [x, y] = [fingers.get(a).x, fingers.get(b).x];
    const perPixel = (second - first) / (y - x);
    if (!(Number.isFinite(perPixel) && perPixel > 0)) return;
    const left = first - (x - chart.left) * perPixel;
    zoomWithin(chart.axis, whole, [left, left + (chart.right - chart.left) * perPixel]);
  }

  document.addEventListener("pointermove", (event) => {
    if (pinch) return pinchTo(event);
    if (drag) return dragTo(event);
    const drawing = drawingOf(event.target);
    if (!drawing) return void (place && place.drawing !== document.activeElement && hide());
    point(drawing, event);
  });
  // What a finger has shown stays when it is lifted.
  document.documentElement.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && !drag && hide());

  function point(drawing, event) {
    const chart = chartOf(drawing);
    const [x, y] = positionOf(drawing, event);
    const index = nearest(chart, chart.isRows ? y : x);
    if (index >= 0) show(drawing, index);
  }

  // Charts that were folded.
  document.addEventListener("toggle", () => drawings().forEach(refresh), true);

  document.addEventListener("pointerdown", (event) => {
    const drawing = drawingOf(event.target);
    if (!drawing || event.button !== 0 || event.pointerType === "touch" || event.target.closest("button, a")) return;
    const chart = chartOf(drawing);
    if (chart.isRows || !scaleOf(chart)) return;
    drag = { drawing, chart, from: positionOf(drawing, event)[0], page: event.clientX, brush: element("i", "brush") };
    drag.to = drag.from;
  });

  function dragTo(event) {
    const { drawing, chart, brush } = drag;
    if (Math.abs(event.clientX - drag.page) < DRAG && !brush.isConnected) return;
    const edge = (x) => Math.max(chart.left, Math.min(chart.right, x));
    drag.to = edge(positionOf(drawing, event)[0]);
    drag.from = edge(drag.from);
    const svg = svgOf(drawing);
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    drawing.append(brush);
    brush.style.left = `${Math.min(drag.from, drag.to) * scale}px`;
    brush.style.width = `${Math.abs(drag.to - drag.from) * scale}px`;
    brush.style.top = `${chart.top * scale}px`;
    brush.style.height = `${(chart.bottom - chart.top) * scale}px`;
    crosses.get(drawing)?.remove();
  }

  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const { chart, from, to, brush } = drag;
    drag = null;
    if (!brush.isConnected) return;
    brush.remove();
    const scale = scaleOf(chart);
    const { from: back } = viewOf(chart);
    const values = [Math.min(from, to), Math.max(from, to)].map((x) => scale.value(back(x)));
    if (Math.abs(to - from) >= DRAG) zoom(chart.axis, values);
  });
  document.addEventListener("pointercancel", () => {
    drag?.brush.remove();
    drag = null;
  });

  document.addEventListener("dblclick", (event) => {
    const drawing = drawingOf(event.target);
    if (drawing) zoom(chartOf(drawing).axis, null);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) {
      drag.brush.remove();
      drag = null;
      return;
    }
    const drawing = event.target.matches?.(DRAWING) ? event.target : null;
    if (!drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const chart = chartOf(drawing);
    const seen = chart.points.map((_, i) => i).filter((i) => {
      const x = chart.isRows ? chart.left : viewOf(chart).to(chart.points[i].x);
      return x >= chart.left - 1 && x <= chart.right + 1;
    });
    const isOn = place?.drawing === drawing;
    const now = isOn ? seen.indexOf(closest(chart, place.at)) : -1;
    const move = (to) => {
      const index = seen[Math.max(0, Math.min(seen.length - 1, to))];
      if (index === undefined) return;
      show(drawing, index);
      say(drawing, index);
    };
    const [before, after] = chart.isRows ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    if (event.key === before) move(isOn ? now - 1 : seen.length - 1);
    else if (event.key === after) move(now + 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(seen.length - 1);
    else if (event.key === "+" || event.key === "=") zoomBy(drawing, 0.5);
    else if (event.key === "-" || event.key === "−") zoomBy(drawing, 2);
    else if (event.key === "Escape" && zooms.has(chart.axis)) zoom(chart.axis, null);
    else if (event.key === "Escape" && isOn) hide();
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusout", (event) => {
    if (event.target === place?.drawing) hide();
  });
  // A row of a chart that is reached by keyboard.
  document.addEventListener("focusin", (event) => {
    const drawing = event.target.closest?.("a") && drawingOf(event.target);
    if (drawing) show(drawing, [...drawing.querySelectorAll("svg:not(.zoom) a")].indexOf(event.target.closest("a")));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".unzoom, [data-save]");
    if (!button) return;
    if (button.dataset.save) {
      save(button.closest("figure"), button.dataset.save);
      return;
    }
    const drawing = button.closest("figure").querySelector(DRAWING);
    zoom(chartOf(drawing).axis, null);
    drawing.focus();
  });

  // The end of the warm-up: a slider that stands under the axis. While it is dragged, the engine is asked again each time it
  // has answered: it echoes the value in the attribute.
  const sliders = () => document.querySelectorAll(".warmup input");
  let asked = null;
  let again;

  function align(slider) {
    const drawing = slider.closest("figure").querySelector(DRAWING);
    const chart = drawing && chartOf(drawing);
    const scale = chart && scaleOf(chart);
    if (!scale) return;
    // The ends of a zoomed axis are not those of the slider: it stands by itself, and can be moved all the same.
    if (zooms.has(chart.axis)) {
      slider.style.marginLeft = slider.style.width = "";
      return;
    }
    const share = (x) => (x / svgOf(drawing).viewBox.baseVal.width) * 100;
    // The thumb is 16 pixels wide, and its middle stands for the value.
    slider.style.marginLeft = `calc(${share(scale.px(0))}% - 8px)`;
    slider.style.width = `calc(${share(scale.px(Number(slider.max)) - scale.px(0))}% + 16px)`;
  }

  function duration(seconds) {
    const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
    return [minutes && `${minutes} min`, (rest || !minutes) && `${rest} s`].filter(Boolean).join(" ");
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".warmup input")) return;
    const seconds = Number(target.value);
    target.setAttribute("aria-valuetext", duration(seconds));
    target.closest(".warmup").querySelector("output").textContent = seconds ? duration(seconds) : "nothing";
    clearTimeout(again);
    if (asked !== null && asked !== target.getAttribute("value")) {
      // The last value is asked for as well, though nothing moves any more.
      again = setTimeout(() => target.isConnected && target.dispatchEvent(new Event("input", { bubbles: true })), 100);
      return;
    }
    asked = target.value;
    target.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    if (!event.isTrusted || !event.target.matches?.(".warmup input")) return;
    asked = null;
  });

  // The drawing in sight as a file of its own, in the colours of the page.
  function drawn(figure) {
    const svg = figure.querySelector(".is-zoomed svg.zoom") ?? [...figure.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
    const copy = svg.cloneNode(true);
    const parts = [...svg.querySelectorAll("*")];
    [...copy.querySelectorAll("*")].forEach((part, i) => {
      for (const name of ["fill", "stroke"]) {
        if (part.getAttribute(name)?.includes("var(")) part.setAttribute(name, getComputedStyle(parts[i])[name]);
      }
    });
    copy.querySelectorAll("a").forEach((link) => link.remove());
    copy.removeAttribute("class");
    const { width, height } = svg.viewBox.baseVal;
    return { text: new XMLSerializer().serializeToString(copy), width, height };
  }

  async function save(figure, format) {
    const { text, width, height } = drawn(figure);
    const name = `loaddiff-${figure.dataset.name}.${format}`;
    if (format === "svg") return offer(new Blob([text], { type: "image/svg+xml" }), name);
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    // Twice the size, for dense screens.
    [canvas.width, canvas.height] = [width * 2, height * 2];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && offer(blob, name), "image/png");
  }

  function offer(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // The engine draws charts anew: zoom and crosshair stay.
  let isDue = false;
  new MutationObserver(() => {
    if (isDue || (zooms.size === 0 && !place && sliders().length === 0)) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      sliders().forEach(align);
      drawings().forEach(refresh);
      if (place && !place.drawing.isConnected) hide();
      else if (place && !crosses.get(place.drawing)?.isConnected) show(place.drawing, closest(chartOf(place.drawing), place.at));
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
