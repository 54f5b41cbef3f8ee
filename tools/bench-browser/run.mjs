// Measures, in one Chromium, who reads a file of raw samples how fast and with how much memory. `cargo xtask
// bench-browser` installs what this needs, writes the files and calls it.
//
//   node run.mjs --kind jtl|k6 --size NAME --file FILE --baseline FILE --runs N [--only NAME,NAME] [--times N]
//   node run.mjs --memory --kind jtl --size NAME ...
//
// `--times 5` hands over a Blob of the file's rows five times, without a file of that size on the disk; loaddiff alone.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { CONTENDERS } from "./contenders.mjs";
import { METHOD, machine, rendererOf, resident, watch } from "./memory.mjs";
import { serve } from "./server.mjs";
import { fill, median, speedTable } from "./table.mjs";

const PAGE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
/** The longest that one reading may take, in milliseconds. */
const PATIENCE_MS = 600_000;

const { values: options } = parseArgs({
  options: {
    kind: { type: "string", default: "jtl" },
    size: { type: "string" },
    file: { type: "string" },
    baseline: { type: "string" },
    runs: { type: "string", default: "3" },
    only: { type: "string" },
    times: { type: "string", default: "1" },
    block: { type: "string" },
    command: { type: "string", default: "" },
  },
});
const { kind, file, baseline } = options;
const runs = Number(options.runs);
const times = Number(options.times);
const fileBytes = statSync(file).size;
const headerBytes = kind === "jtl" ? readFileSync(file).subarray(0, 1000).indexOf("\n") + 1 : 0;
const bytes = fileBytes + (times - 1) * (fileBytes - headerBytes);
const only = options.only?.split(",");
const contenders = CONTENDERS.filter(({ name, kinds }) => (only?.includes(name) ?? true) && kinds.includes(kind));

const server = await serve();
const isRoot = process.getuid?.() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: [
    ...(isRoot ? ["--no-sandbox"] : []),
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
  ],
});
const results = new Map(contenders.map(({ name }) => [name, []]));
try {
  for (let run = 1; run <= runs; run += 1) {
    for (const contender of contenders) {
      const result = await measure(contender);
      results.get(contender.name).push(result);
      const { ms, overBlank, overOwn, privateOverBlank, workers } = result;
      console.log(
        `run ${run} of ${runs}: ${contender.title}: ${(bytes / 1e3 / ms).toFixed(0)} MB/s (${(ms / 1e3).toFixed(2)} s), ` +
          `${mb(overBlank)} MB over an empty page (${mb(privateOverBlank)} private), ${mb(overOwn)} MB over its own, workers: ${workers}`,
      );
    }
  }
  agree();
  report();
} finally {
  await browser.close();
  server.close();
}

/** One contender, once, in a renderer of its own. */
async function measure(contender) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.addInitScript((cores) => {
      // `began` is when the file is there, before anything of the page hears of it.
      document.addEventListener("change", () => (window.began = performance.now()), { capture: true });
      if (cores !== null) Object.defineProperty(navigator, "hardwareConcurrency", { value: cores });
    }, contender.cores ?? null);
    // Of the same origin, and so in the same process as what follows.
    await page.goto(`${server.address}/peers/blank.html`);
    const pid = await rendererOf(page, browser);
    const blank = resident(pid);
    await page.goto(`${server.address}${contender.path}`);
    await contender.ready(page);
    if ((await rendererOf(page, browser)) !== pid) throw new Error("the page has changed its process");
    const own = resident(pid);
    if (contender.baseline !== undefined) {
      await page.getByLabel(contender.baseline, { exact: true }).setInputFiles(baseline);
      await contender.settled(page);
    }
    let workers = page.workers().length;
    const count = setInterval(() => (workers = Math.max(workers, page.workers().length)), 50);
    const peak = watch(pid);
    let most;
    let ended;
    try {
      await hand(page, contender.input);
      ended = await contender.ended(page);
    } finally {
      most = peak();
      clearInterval(count);
    }
    const { at, found } = ended;
    const ms = at - (await page.evaluate(() => window.began));
    const over = (base, of) => (most[of] === null ? null : most[of] - base[of]);
    return { ms, found, overBlank: over(blank, "all"), overOwn: over(own, "all"), privateOverBlank: over(blank, "own"), workers };
  } finally {
    await context.close();
  }
}

/** Hands the file over by the page's own input. */
async function hand(page, label) {
  const input = page.getByLabel(label, { exact: true });
  if (times === 1) return input.setInputFiles(file);
  // A file from the disk by an input of our own, then a Blob of it by the page's: its bytes stay where they are.
  const own = await page.evaluateHandle(() => document.body.appendChild(Object.assign(document.createElement("input"), { type: "file", hidden: true })));
  await own.asElement().setInputFiles(file);
  await input.evaluate(
    (input, { own, times, header }) => {
      const [file] = own.files;
      const parts = [file, ...Array(times - 1).fill(file.slice(header))];
      own.remove();
      const data = new DataTransfer();
      data.items.add(new File(parts, `${times} times ${file.name}`));
      input.files = data.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
    { own, times, header: headerBytes },
  );
}

/** All who counted must have counted the same: else the table compares nothing. */
function agree() {
  const counts = new Map();
  for (const [name, [{ found }]] of results) {
    if (found.labels !== undefined) {
      const labels = Object.entries(found.labels).map(([label, [requests, failures]]) => [label, [requests, failures]]);
      counts.set(name, Object.fromEntries(labels.sort(([a], [b]) => (a < b ? -1 : 1))));
    }
  }
  const [first, ...others] = counts;
  for (const [name, found] of others) {
    if (JSON.stringify(found) !== JSON.stringify(first[1])) {
      throw new Error(`${name} and ${first[0]} count differently: ${JSON.stringify(found)} and ${JSON.stringify(first[1])}`);
    }
  }
  if (first === undefined) return;
  const all = Object.values(first[1]).reduce((sum, [requests]) => sum + requests, 0);
  for (const [name, [{ found }]] of results) {
    if (found.requests !== undefined && found.requests !== all) {
      throw new Error(`${name} has read ${found.requests} requests, ${first[0]} ${all}`);
    }
  }
  const who = [...results].filter(([, [{ found }]]) => found.bytes === undefined).map(([name]) => name);
  console.log(`all of ${who.join(", ")} counted ${all} requests in ${Object.keys(first[1]).length} endpoints`);
}

function report() {
  const rows = contenders.map(({ name, title }) => {
    const of = (key) => median(results.get(name).map((result) => result[key]));
    const workers = Math.max(...results.get(name).map((result) => result.workers));
    const shown = name === "loaddiff_more" ? `loaddiff, up to ${workers} worker${workers === 1 ? "" : "s"}` : title;
    return { name, title: shown, ms: of("ms"), overBlank: of("overBlank"), overOwn: of("overOwn"), privateOverBlank: of("privateOverBlank") };
  });
  const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
  const facts = [
    `${basename(file)}${times > 1 ? `, ${times} times in one Blob` : ""}: ${(bytes / 1e6).toFixed(0)} MB; medians of ${runs}, taking turns`,
    `Chromium ${browser.version()}, DuckDB-WASM ${version("@duckdb/duckdb-wasm")}, PapaParse ${version("papaparse")}`,
    machine(cpus().length, totalmem()),
    `memory: ${METHOD}`,
    ...(options.command === "" ? [] : [`by \`${options.command}\``]),
  ];
  const text = `${speedTable(rows, bytes)}\n\n${facts.map((fact) => `- ${fact}`).join("\n")}`;
  console.log(`\n${text}\n`);
  if (options.block === undefined) return;
  const page = readFileSync(PAGE, "utf8");
  const filled = fill(page, options.block, text);
  if (filled === null) {
    console.log(`docs/performance.md has no block "${options.block}": nothing is written there`);
  } else {
    writeFileSync(PAGE, filled);
    console.log(`written to docs/performance.md, block "${options.block}"`);
  }
}

function mb(bytes) {
  return bytes === null ? "—" : (bytes / 1e6).toFixed(0);
}
