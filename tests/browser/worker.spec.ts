// Files are read in workers of the engine: the same answer as the command line's, by either way to the bytes; a page that
// never stands still; cancelling; a reader that is gone takes nothing with it, and neither does an engine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { commandLine, timeless } from "./commandline";
import { choose, chooseFromDisk, download, drop, jtl, locust, writeJtl, type Given } from "./files";
import { expect, open, test } from "./page";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const progress = (page: Page) => page.getByRole("region", { name: "Reading files" });
const slot = (page: Page, side: "baseline" | "run") => page.locator(`.slot[data-side=${side}]`);
const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];

let folder = "";
let large = "";
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loaddiff-"));
  // Large enough to be looked at while it is read.
  large = writeJtl(join(folder, "large.jtl"), 800e6);
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Put before the script of every worker. Readers are workers of the engine, which Playwright does not list: they are
 * reached by a channel. */
const REACHED = `
  const channel = new BroadcastChannel("readers");
  let streams = 0;
  const stream = Blob.prototype.stream;
  Blob.prototype.stream = function () {
    streams += 1;
    return stream.call(this);
  };
  addEventListener("message", ({ data }) => data?.role === "reader" && channel.postMessage({ started: true }), { once: true });
  channel.onmessage = ({ data }) => {
    if (self.loaddiff?.role !== "reader") return;
    const acts = {
      close: () => self.close(),
      throw: () => void setTimeout(() => { throw new Error("out of memory"); }),
      reject: () => void Promise.reject(new Error("unreachable")),
      count: () => channel.postMessage({ streams }),
      fetch: () => fetch(data.address).then((answer) => answer.status, String).then((answer) => channel.postMessage({ answer })),
    };
    acts[data.act]?.();
  };`;

/** Opens the page so that its readers can be reached. */
async function openReached(page: Page): Promise<void> {
  await page.addInitScript((script) => {
    const { cores, noByob, silent } = window as unknown as { cores?: number; noByob?: boolean; silent?: boolean };
    if (cores !== undefined) script += `Object.defineProperty(navigator, "hardwareConcurrency", { value: ${cores} });`;
    // The first reader never hears what it is told first.
    if (silent) script += `addEventListener("message", (event) => event.data?.lock?.startsWith("loaddiff.reader.0.") && event.stopImmediatePropagation());`;
    if (noByob) script += "delete self.ReadableStreamBYOBReader;";
    const Original = Blob;
    window.Blob = class extends Original {
      constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
        super(options?.type === "text/javascript" ? [script, "\n", ...parts] : parts, options);
      }
    };
    const heard: unknown[] = [];
    const channel = new BroadcastChannel("readers");
    channel.onmessage = ({ data }) => heard.push(data);
    Object.assign(window, { heard, readers: channel });
  }, REACHED);
  await open(page);
}

/** Has every reader do something. */
const act = (page: Page, data: { act: string; address?: string }) =>
  page.evaluate((data) => (window as unknown as { readers: BroadcastChannel }).readers.postMessage(data), data);

/** Has the engine believe in this many cores. */
const cores = (page: Page, count: number) => page.addInitScript((count) => Object.assign(window, { cores: count }), count);

/** What the readers have answered. */
const heard = (page: Page) => page.evaluate(() => (window as unknown as { heard: Record<string, unknown>[] }).heard);

/** Readers started so far. */
const started = async (page: Page) => (await heard(page)).filter((message) => message.started).length;

/** Waits until the large file is being read, and some of it is. */
async function untilReading(page: Page): Promise<void> {
  await expect(progress(page)).toBeVisible();
  await expect(progress(page)).toContainText(/[1-9][\d.]* MB of 8\d\d MB/);
}

for (const byob of [true, false]) {
  test(`${byob ? "one buffer, filled again and again" : "slices, where the browser fills no buffer"}: the command line's answer`, async ({ page }) => {
    // More than one slice's 16 MiB, so that quoted line ends lie across everything.
    const files: Given[] = [jtl("base.jtl", 120_000), jtl("slow.jtl", 120_000, 1.4)];
    const paths = files.map(({ name, content }) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
    if (!byob) await page.addInitScript(() => Object.assign(window, { noByob: true }));
    await openReached(page);
    await choose(page, "Run files", locust("2.47.0/slow", ["stats"]));
    await expect(slot(page, "run")).toContainText("requests");
    await chooseFromDisk(page, "Baseline files", paths[0]);
    await expect(verdict(page)).toBeVisible({ timeout: 30_000 });
    await chooseFromDisk(page, "Run files", paths[1]);
    await expect(verdict(page)).toContainText("things/7", { timeout: 30_000 });
    await act(page, { act: "count" });
    const streams = async () => (await heard(page)).reduce((sum, message) => sum + Number(message.streams ?? 0), 0);
    if (byob) await expect.poll(streams).toBeGreaterThan(1);
    else expect(await streams()).toBe(0);
    const json = await download(page, "Download JSON");
    const args = ["compare", "--format", "json", "--baseline", paths[0], "--run", paths[1]];
    expect(timeless(json.text)).toBe(timeless(commandLine(args)));
  });
}

// Tasks are measured by the clock: another program that takes the processor at that moment lengthens one.
test.describe("never a long task", () => {
test.describe.configure({ retries: 2 });
test("while a large file is read the page shows how far it is and what it holds, and never stands still", async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
  await chooseFromDisk(page, "Run files", large);
  await untilReading(page);
  await expect(progress(page)).toContainText(/B\/s/);
  const soFar = page.getByRole("region", { name: "large.jtl so far", exact: true });
  await expect(soFar).toContainText("All requests");
  await expect(soFar).toContainText("Nothing is judged yet");
  await expect(soFar).toContainText("and 20 more endpoints");
  await expect(soFar.getByRole("row")).toHaveCount(1 + 1 + 20);
  await expect(slot(page, "run")).toContainText("requests", { timeout: 60_000 });
  await expect(progress(page)).toHaveCount(0);
  await expect(soFar).toHaveCount(0);
  // Longer than 50 ms is what the browser lists.
  expect(await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks)).toEqual([]);
});
});

test("of 1,500 endpoints the first 200 are listed until all are asked for; of their table those in view are drawn", async ({ page }) => {
  const [base, slow] = [1, 1.6].map((slower, at) => jtl(`${at}.jtl`, 15_000, slower, 1_500));
  await open(page);
  await choose(page, "Baseline files", [base]);
  const read = page.getByRole("region", { name: "What was read" });
  await expect(read).toContainText("The first 200 of 1,500 are drawn.");
  const rows = read.locator("tbody tr");
  await expect(rows).toHaveCount(1 + 200);
  await read.getByRole("button", { name: "Show all 1,500" }).click();
  await expect(rows).toHaveCount(1 + 1_500);
  await choose(page, "Run files", [slow]);
  // By attributes: a role is looked for in all of 1,500 rows, again and again.
  await expect(page.locator("[role=status][aria-label=Verdict]")).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("Filter endpoints").fill("things");
  await expect(page.locator(".endpoint-table")).toHaveAttribute("aria-rowcount", "1502");
  expect(await page.locator("#endpoint-rows > tr").count()).toBeLessThan(200);
  // The second row is the first endpoint's.
  await page.locator("#endpoint-rows > tr[id^=row-]").nth(1).click();
  for (const id of ["endpoints", "details", "facts"]) await expect(page.locator(`#${id}`)).toHaveCount(1);
});

test("10,000 endpoints on both sides are compared, filtered, swapped and judged again while the page answers", async ({ page }) => {
  test.setTimeout(120_000);
  const pair = [1, 1.6].map((slower, at) => jtl(at === 0 ? "base.jtl" : "run.jtl", 40_000, slower, 10_000));
  await open(page);
  await page.evaluate(() => {
    const seen = { turns: 0, comparing: "" };
    Object.assign(window, { seen });
    setInterval(() => {
      const comparing = document.querySelector("[aria-label=Comparing]");
      if (comparing === null) return;
      seen.turns += 1;
      seen.comparing = comparing.textContent ?? "";
    }, 5);
  });
  await drop(page, pair);
  const word = page.locator("[role=status][aria-label=Verdict]");
  await expect(word).toBeVisible({ timeout: 60_000 });
  await expect(page.locator("#method")).toBeVisible();
  const seen = await page.evaluate(() => (window as unknown as { seen: { turns: number; comparing: string } }).seen);
  expect(seen.comparing).toContain("Comparing 10,000 endpoints");
  // It took many turns of the page's own.
  expect(seen.turns).toBeGreaterThan(10);
  await page.getByLabel("Filter endpoints").fill("things/1");
  await expect(page.locator("#endpoints h2")).toContainText(/Endpoints\s*[1-9][\d,]* of 10,000/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await expect(page.locator("[data-side=baseline] .pill-label")).toHaveText("run.jtl", { timeout: 60_000 });
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  await page.getByLabel("p95 limit", { exact: true }).fill("70");
  await expect(page.locator("#method")).toContainText("+70 %", { timeout: 60_000 });
});

test("a moved limit changes cells and keeps the focused row, its element and the scroll position", async ({ page }) => {
  await open(page);
  await drop(page, [jtl("base.jtl", 40_000), jtl("slow.jtl", 40_000, 1.4)]);
  await expect(verdict(page)).toContainText("Regressed");
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  const limit = await page.getByLabel("p50 limit", { exact: true }).getAttribute("data-set");
  await page.keyboard.press("Escape");
  const rows = page.locator("#endpoint-rows > tr[id^=row-]");
  await expect(rows).toHaveCount(1 + 40);
  const slowed = rows.filter({ hasText: "things/7" }).first();
  await expect(slowed).toContainText("Regressed");
  await slowed.focus();
  await slowed.evaluate((row) => Object.assign(window, { row }));
  const place = () => page.evaluate(() => [document.activeElement?.id, window.scrollY] as const);
  const before = await place();
  const words = await slowed.innerText();
  // As the dialog's field would, without taking the focus.
  await page.evaluate((limit) => {
    const field = document.createElement("input");
    field.dataset.set = limit ?? "";
    field.value = "900";
    document.body.append(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.remove();
  }, limit);
  await expect(page.locator("#method")).toContainText("+900 %");
  await expect.poll(() => slowed.innerText()).not.toBe(words);
  await expect(rows).toHaveCount(1 + 40);
  expect(await place()).toEqual(before);
  expect(await page.evaluate(() => (window as unknown as { row: Element }).row === document.activeElement)).toBe(true);
});

test("cancelling answers at once, and the next file is read by a fresh reader without a request", async ({ page, watched }) => {
  await openReached(page);
  const before = watched.requests.length;
  await chooseFromDisk(page, "Run files", large);
  await untilReading(page);
  const readers = await started(page);
  const took = await page.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find((button) => button.textContent === "Cancel");
    const start = performance.now();
    button?.click();
    while (document.querySelector(".progress") !== null) await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
  expect(took).toBeLessThan(200);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  expect(await started(page)).toBeGreaterThan(readers);
  expect(watched.requests.slice(before)).toEqual([]);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("a reader that does not start is replaced", async ({ page, watched }) => {
  await page.addInitScript(() => Object.assign(window, { silent: true }));
  await openReached(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  expect(await started(page)).toBeGreaterThan(1);
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(watched.console).toEqual([]);
});

for (const [how, end, title] of [
  ["is ended", "close", "Reading the file broke off"],
  ["fails", "throw", "Out of memory"],
  ["fails in a promise", "reject", "Reading the file broke off"],
] as const) {
  test(`a reader that ${how} is a card with the file and the byte; nothing else is lost`, async ({ page, watched }) => {
    await openReached(page);
    const before = watched.requests.length;
    await choose(page, "Baseline files", locust("2.47.0/base"));
    await expect(slot(page, "baseline")).toContainText("requests");
    await chooseFromDisk(page, "Run files", large);
    await untilReading(page);
    await act(page, { act: end });
    const card = page.getByRole("alert");
    await expect(card).toContainText(title);
    await expect(card).toContainText("large.jtl");
    await expect(card).toContainText(/ended at byte [1-9][\d,]+ of 8\d\d,\d{3},\d{3}/);
    await expect(progress(page)).toHaveCount(0);
    await expect(slot(page, "baseline")).toContainText("requests");
    await choose(page, "Run files", locust("2.47.0/slow"));
    await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
    expect(watched.requests.slice(before)).toEqual([]);
  });
}

test("files that are given meanwhile wait, and one alone can be cancelled", async ({ page }) => {
  await open(page);
  await chooseFromDisk(page, "Run files", large);
  await untilReading(page);
  await choose(page, "Baseline files", locust("2.47.0/base"));
  await expect(progress(page).getByRole("listitem")).toHaveCount(5);
  await page.getByRole("button", { name: "Cancel large.jtl" }).click();
  await expect(slot(page, "baseline")).toContainText("requests");
  await expect(progress(page)).toHaveCount(0);
  await expect(slot(page, "run")).not.toContainText("requests");
});

test("several readers read slices of one file, and it is the same", async ({ page }) => {
  const [base, slow] = [jtl("sliced-base.jtl", 500_000), jtl("sliced-slow.jtl", 500_000, 1.4)].map(({ name, content }) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  await cores(page, 4);
  await openReached(page);
  await chooseFromDisk(page, "Baseline files", base);
  await chooseFromDisk(page, "Run files", slow);
  await expect(verdict(page)).toContainText("things/7", { timeout: 30_000 });
  expect(await started(page)).toBeGreaterThan(1);
  const json = await download(page, "Download JSON");
  const args = ["compare", "--threads", "1", "--format", "json", "--baseline", base, "--run", slow];
  expect(timeless(json.text)).toBe(timeless(commandLine(args)));
});

test("several files at a time, on a machine with cores for it", async ({ page }) => {
  await cores(page, 8);
  await openReached(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  expect(await started(page)).toBeGreaterThan(1);
});

test("engine and readers are bound by the page's policy", async ({ page, baseURL }) => {
  await openReached(page);
  await choose(page, "Run files", locust("2.47.0/slow"));
  await expect(slot(page, "run")).toContainText("requests");
  const other = new URL(baseURL ?? "");
  other.hostname = "localhost";
  // The server answers every origin, so that nothing but the policy can refuse.
  const engine = (address: string) =>
    page.workers()[0].evaluate((address) => fetch(address).then((answer) => answer.status, String), address);
  expect(await engine(baseURL ?? "")).toBe(200);
  expect(await engine(other.href)).toContain("Failed to fetch");
  const answers = async () => (await heard(page)).filter((message) => "answer" in message).map(({ answer }) => answer);
  await act(page, { act: "fetch", address: baseURL ?? "" });
  await expect.poll(answers).toContain(200);
  await act(page, { act: "fetch", address: other.href });
  await expect.poll(answers).toContainEqual(expect.stringContaining("Failed to fetch"));
});

test("an engine that is gone is a card, and what was given is read again on one click", async ({ page, watched }) => {
  await open(page);
  const before = watched.requests.length;
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  await page.workers()[0].evaluate(() => void setTimeout(() => { throw new Error("out of memory"); }));
  const card = page.getByRole("alert");
  await expect(card).toContainText("The comparison broke off");
  await expect(card).toContainText("out of memory");
  await card.getByRole("button", { name: "Read the files again" }).click();
  await expect(card).toHaveCount(0);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  // It answers.
  await page.keyboard.press("x");
  await expect(page.locator("[data-side=baseline]")).toContainText("slow");
  expect(watched.requests.slice(before)).toEqual([]);
});
