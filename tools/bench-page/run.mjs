// Measures the page in one Chromium: the first visit beside speedscope's, taking turns, and what a person waits for
// afterwards. `cargo xtask bench-page` installs what this needs and calls it.
//
//   node run.mjs [--runs N] [--only visit,work]
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { summary } from "./summaries.mjs";

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "5" }, only: { type: "string" } } });
const runs = Number(options.runs);
const wanted = (part) => options.only === undefined || options.only.split(",").includes(part);

const FOLDERS = {
  "/loaddiff/": fileURLToPath(new URL("../../dist/", import.meta.url)),
  "/speedscope/": fileURLToPath(new URL("node_modules/speedscope/dist/release/", import.meta.url)),
};
const TYPES = {
  ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".json": "application/json",
  ".svg": "image/svg+xml", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
};
// As GitHub Pages serves: gzip, ten minutes in the browser's cache.
const packed = new Map();
const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  const base = Object.keys(FOLDERS).find((base) => path.startsWith(base));
  try {
    const file = join(FOLDERS[base], normalize(path.slice(base.length) || "index.html"));
    if (!packed.has(file)) packed.set(file, gzipSync(readFileSync(file)));
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Content-Encoding": "gzip", "Cache-Control": "max-age=600" });
    response.end(packed.get(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const address = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--disable-background-networking", "--no-first-run"],
});

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const at95 = (values) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
const ms = (value) => `${value.toFixed(0)} ms`;

const LINES = { "1.6 MB/s": [1.6e6, 20], "1.6 Mbit/s": [2e5, 150] };
/** When each page shows what a person came for. */
const PAGES = {
  loaddiff: { path: "/loaddiff/", there: "html[data-boot=ready]" },
  speedscope: { path: "/speedscope/", there: "text=Browse" },
};

if (wanted("visit")) await visits();
if (wanted("work")) await work();
await browser.close();
server.close();

async function visits() {
  for (const [line, [bytesPerSecond, latency]] of Object.entries(LINES)) {
    const found = { loaddiff: [], speedscope: [] };
    for (let run = 0; run < runs; run += 1) {
      for (const name of Object.keys(PAGES)) found[name].push(await visit(name, bytesPerSecond, latency));
    }
    const of = (name, what) => median(found[name].map((visit) => visit[what]));
    for (const what of Object.keys(found.loaddiff[0])) {
      const [ours, theirs] = [of("loaddiff", what), of("speedscope", what)];
      console.log(`${line}, ${what}: loaddiff ${ms(ours)}, speedscope ${ms(theirs)}, ratio ${(ours / theirs).toFixed(2)}`);
    }
  }
}

/** A first and a second visit, and a first one that asks for the sample, each in a context of its own. */
async function visit(name, bytesPerSecond, latency) {
  const { path, there } = PAGES[name];
  const seen = await slowly(bytesPerSecond, latency, async (page) => {
    const see = async () => {
      await page.goto(address + path, { waitUntil: "commit" });
      await page.locator(there).first().waitFor({ timeout: 120_000, state: "attached" });
      const now = await page.evaluate(() => performance.now());
      return [await page.evaluate(firstPaint), now];
    };
    const [paint, ready] = await see();
    if (name === "loaddiff") await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto("about:blank");
    const [, again] = await see();
    return { paint, ready, again };
  });
  const sample = name === "loaddiff" ? await slowly(bytesPerSecond, latency, shown) : seen.ready;
  return { "first paint": seen.paint, ready: seen.ready, "sample shown": sample, "ready, second visit": seen.again };
}

/** Does this in a page of a fresh context, on such a line and with a processor 4 times slower. */
async function slowly(bytesPerSecond, latency, act) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false, latency, downloadThroughput: bytesPerSecond, uploadThroughput: bytesPerSecond,
    });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    return await act(page);
  } finally {
    await context.close();
  }
}

/** The first contentful paint, once it is known. */
function firstPaint() {
  return new Promise((done) => {
    const look = new PerformanceObserver((list) => {
      const paint = list.getEntriesByName("first-contentful-paint")[0];
      if (paint) done(paint.startTime);
    });
    look.observe({ type: "paint", buffered: true });
  });
}

/** Asks for the sample as soon as there is a button for it; when its verdict is painted, from the navigation on. */
async function shown(page) {
  await page.addInitScript(() => {
    new MutationObserver((_, look) => {
      if (!document.querySelector("#p-verdict [role=status]")) return;
      look.disconnect();
      requestAnimationFrame(() => setTimeout(() => (window.verdictPainted = performance.now())));
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${address}${PAGES.loaddiff.path}`, { waitUntil: "commit" });
  await page.getByRole("button", { name: "Try sample data" }).click({ force: true });
  const painted = await page.waitForFunction(() => window.verdictPainted, undefined, { timeout: 120_000 });
  return painted.jsonValue();
}

async function work() {
  for (const endpoints of [50, 1_000, 10_000]) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    await page.addInitScript(watchTasks);
    await page.goto(`${address}/loaddiff/`);
    await page.locator("html[data-boot=ready]").waitFor();
    const files = [1, 2].map((seed) => ({ name: `${["base", "run"][seed - 1]}_stats.csv`, text: summary(endpoints, seed, seed === 2) }));
    const drops = [];
    for (let drop = 0; drop < (endpoints === 50 ? 5 : 2); drop += 1) {
      await page.reload();
      await page.goto(`${address}/loaddiff/`);
      await page.locator("html[data-boot=ready]").waitFor();
      drops.push(await page.evaluate(dropped, files));
    }
    console.log(`${endpoints} endpoints: drop to painted verdict ${ms(median(drops))}`);
    await page.waitForTimeout(1500);
    await tasks(page, endpoints, "from drop to last section");
    const filter = page.getByRole("searchbox").or(page.getByPlaceholder(/filter/i)).first();
    console.log(`${endpoints} endpoints: keystroke in the filter ${(await keys(page, filter, ["3", "7", "1"])).map(ms).join(", ")}`);
    await tasks(page, endpoints, "while filtering");
    await filter.fill("");
    await filter.blur();
    await page.keyboard.press("l");
    const limit = page.locator("#p-settings input[type=text], #p-settings input[type=number], #p-settings input[inputmode]").first();
    if (await limit.isVisible().catch(() => false)) {
      console.log(`${endpoints} endpoints: keystroke in a limit ${(await keys(page, limit, ["1", "2", "5"])).map(ms).join(", ")}`);
      await tasks(page, endpoints, "while moving a limit");
      await page.keyboard.press("Escape");
    }
    console.log(`${endpoints} endpoints: frames while scrolling, p95 ${(at95(await frames(page))).toFixed(1)} ms`);
    await tasks(page, endpoints, "while scrolling");
    await context.close();
  }
}

function watchTasks() {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });
}

async function tasks(page, endpoints, when) {
  const long = await page.evaluate(() => window.longTasks.splice(0));
  console.log(`${endpoints} endpoints: tasks over 50 ms ${when}: ${long.length === 0 ? "none" : long.map((t) => ms(t)).join(", ")}`);
}

/** Drops two files and resolves with the time until the verdict is painted. */
function dropped(files) {
  const data = new DataTransfer();
  for (const { name, text } of files) data.items.add(new File([text], name));
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return new Promise((resolve) => {
    const start = performance.now();
    const look = new MutationObserver(async () => {
      if (!document.querySelector("#p-verdict [role=status], #p-verdict[role=status]")) return;
      look.disconnect();
      await painted();
      resolve(performance.now() - start);
    });
    look.observe(document.body, { childList: true, subtree: true });
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  });
}

/** Times from a keystroke to the last change of the page that follows, painted. */
async function keys(page, field, typed) {
  await field.click();
  const times = [];
  for (const key of typed) {
    await page.evaluate(() => {
      window.pressed = null;
      window.changed = null;
      document.addEventListener("keydown", () => (window.pressed = performance.now()), { capture: true, once: true });
      window.look?.disconnect();
      window.look = new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => (window.changed = performance.now()))));
      window.look.observe(document.querySelector("#main"), { childList: true, subtree: true, characterData: true });
    });
    await field.press(key);
    await page.waitForTimeout(600);
    times.push(await page.evaluate(() => (window.changed ?? Number.NaN) - window.pressed));
  }
  return times;
}

/** Intervals between frames while the table scrolls by 60 px a frame. */
function frames(page) {
  return page.evaluate(() => {
    document.getElementById("p-endpoints")?.scrollIntoView();
    return new Promise((resolve) => {
      const times = [];
      let last = performance.now();
      const step = (now) => {
        times.push(now - last);
        last = now;
        window.scrollBy(0, 60);
        if (times.length < 120) requestAnimationFrame(step);
        else resolve(times.slice(2));
      };
      requestAnimationFrame(step);
    });
  });
}
