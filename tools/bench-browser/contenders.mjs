// Who reads the file, and how one tells that it is read.

/** A page of ours that is handed the file by its input, and tells when it has read it. */
const peer = (name, title, kinds) => ({
  name,
  title,
  kinds,
  path: `/peers/index.html?peer=${name}`,
  input: "File",
  ready: (page) => page.waitForFunction(() => window.ready === true),
  async ended(page) {
    await page.waitForFunction(() => window.outcome !== undefined, null, { polling: 100 });
    const outcome = await page.evaluate(() => window.outcome);
    if (outcome.error !== undefined) throw new Error(`${name}: ${outcome.error}`);
    return outcome;
  },
});

/** The release site, told that the machine has so many cores: it takes so many workers as that allows. */
const loaddiff = (name, title, cores, kinds) => ({
  name,
  title,
  kinds,
  cores,
  path: "/loaddiff/",
  input: "Run files",
  /** Given before the file, so that a whole comparison stands at the end. */
  baseline: "Baseline files",
  async ready(page) {
    await page.locator("html[data-boot=ready]").waitFor();
    // When the whole report is in the document and the frame that shows it has begun.
    await page.evaluate(() => {
      const look = () => {
        const failed = document.querySelector("[role=alert]");
        const is_read = document.querySelector("[role=status][aria-label=Verdict]") !== null &&
          document.querySelector(".progress") === null && document.querySelector("main[aria-busy]") === null;
        if (failed === null && !is_read) return;
        observer.disconnect();
        requestAnimationFrame(() => {
          window.outcome = failed === null ? { at: performance.now() } : { error: failed.textContent };
        });
      };
      const observer = new MutationObserver(look);
      observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-busy"] });
    });
  },
  /** Waits until the baseline is read. */
  async settled(page) {
    await page.locator(".slot[data-side=baseline]", { hasText: "requests" }).waitFor();
    await page.locator(".progress").waitFor({ state: "detached" });
  },
  async ended(page) {
    await page.waitForFunction(() => window.outcome !== undefined, null, { polling: 100 });
    const outcome = await page.evaluate(() => window.outcome);
    if (outcome.error !== undefined) throw new Error(`${name}: ${outcome.error}`);
    // Requests, as the run's own button says it.
    const text = await page.locator("[data-side=run]").first().getAttribute("title");
    const requests = Number(text?.match(/([\d,]+) requests/)?.[1].replaceAll(",", ""));
    return { at: outcome.at, found: { requests } };
  },
});

const JTL = ["jtl"];
const BOTH = ["jtl", "k6"];

/** In the order in which they take turns. */
export const CONTENDERS = [
  peer("bare", "bare BYOB read, nothing parsed", BOTH),
  loaddiff("loaddiff", "loaddiff, one worker, drop to report", 2, BOTH),
  loaddiff("loaddiff_more", "loaddiff, several workers", 4, BOTH),
  peer("duckdb_scan", "DuckDB-WASM, one scan: counts, quantiles per label", JTL),
  peer("duckdb_same", "DuckDB-WASM, the same output: timeline, causes too", JTL),
  peer("papaparse", "PapaParse in a worker, counts per label alone", JTL),
  peer("jsonparse", "JavaScript worker, JSON.parse per line", ["k6"]),
];
