// Files are read in a worker: the same answer as the command line's, by either way to the bytes; a page that never
// stands still; cancelling; and a worker that is gone takes nothing with it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page, Worker } from "@playwright/test";
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

/** The worker that reads, once it does. */
async function worker(page: Page): Promise<Worker> {
  return page.workers()[0] ?? (await page.waitForEvent("worker"));
}

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
    if (!byob) await page.addInitScript("delete window.ReadableStreamBYOBReader");
    await open(page);
    // A first file, so that there is a worker to look at.
    await choose(page, "Run files", locust("2.47.0/slow", ["stats"]));
    await expect(slot(page, "run")).toContainText("requests");
    const reading = await worker(page);
    await reading.evaluate(() => {
      const stream = Blob.prototype.stream;
      Object.assign(self, { streams: 0 });
      Blob.prototype.stream = function () {
        (self as unknown as { streams: number }).streams += 1;
        return stream.call(this);
      };
    });
    await chooseFromDisk(page, "Baseline files", paths[0]);
    await expect(page.getByRole("table", { name: "Endpoints" })).toBeVisible({ timeout: 30_000 });
    await chooseFromDisk(page, "Run files", paths[1]);
    await expect(verdict(page)).toContainText("things/7", { timeout: 30_000 });
    expect(await reading.evaluate(() => (self as unknown as { streams: number }).streams)).toBe(byob ? 2 : 0);
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
  await expect(soFar).toContainText("All endpoints");
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

test("1,500 endpoints are compared and drawn in steps, the first of them first", async ({ page }) => {
  const [base, slow] = [1, 1.6].map((slower, at) => jtl(`${at}.jtl`, 15_000, slower, 1_500));
  await open(page);
  await choose(page, "Baseline files", [base]);
  const read = page.getByRole("region", { name: "What was read" });
  await expect(read).toContainText("The first 200 of 1,500 are drawn.");
  const rows = read.locator("tbody tr");
  await expect(rows).toHaveCount(1 + 200);
  await read.getByRole("button", { name: "Show all 1,500" }).click();
  await expect(rows).toHaveCount(1 + 1_500);
  // While endpoints are compared, and while sections are drawn, others have their turn.
  await page.evaluate(() => {
    const turns = { comparing: 0, drawing: 0, said: "" };
    Object.assign(window, { turns });
    setInterval(() => {
      const comparing = document.querySelector("[aria-label=Comparing]");
      if (comparing !== null) {
        turns.comparing += 1;
        turns.said = comparing.textContent ?? "";
      }
      if (document.querySelector("main[aria-busy=true]") !== null) turns.drawing += 1;
    }, 1);
  });
  await choose(page, "Run files", [slow]);
  // By attributes: a role is looked for in all of 1,500 rows, again and again.
  await expect(page.locator("[role=status][aria-label=Verdict]")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("main")).not.toHaveAttribute("aria-busy");
  await expect(page.locator("[aria-label=Comparing]")).toHaveCount(0);
  const turns = await page.evaluate(() => (window as unknown as { turns: { comparing: number; drawing: number; said: string } }).turns);
  expect(turns.said).toContain("Comparing 1,500 endpoints");
  expect(turns.comparing).toBeGreaterThan(0);
  expect(turns.drawing).toBeGreaterThan(0);
  // All sections stand, and the table has its rows.
  const table = page.locator(".endpoint-table tbody tr");
  await page.getByLabel("Filter endpoints").fill("things");
  await expect(table).toHaveCount(1 + 200);
  for (const id of ["endpoints", "details", "facts"]) await expect(page.locator(`#${id}`)).toHaveCount(1);
});

test("cancelling answers at once, and the next file is read by a fresh worker without a request", async ({ page, watched }) => {
  await open(page);
  const before = watched.requests.length;
  await chooseFromDisk(page, "Run files", large);
  await untilReading(page);
  const first = await worker(page);
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
  expect(page.workers()).not.toContain(first);
  expect(watched.requests.slice(before)).toEqual([]);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

for (const [how, end] of [
  ["is ended", () => self.close()],
  ["fails", () => void setTimeout(() => { throw new Error("out of memory"); })],
  ["fails in a promise", () => void Promise.reject(new Error("unreachable"))],
] as const) {
  test(`a worker that ${how} is a card with the file and the byte; nothing else is lost`, async ({ page, watched }) => {
    await open(page);
    const before = watched.requests.length;
    await choose(page, "Baseline files", locust("2.47.0/base"));
    await expect(slot(page, "baseline")).toContainText("requests");
    await chooseFromDisk(page, "Run files", large);
    await untilReading(page);
    await (await worker(page)).evaluate(end).catch(() => undefined);
    const card = page.getByRole("alert");
    await expect(card).toContainText("Reading the file broke off");
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

test("several workers read slices of one file, and it is the same", async ({ page }) => {
  const [base, slow] = [jtl("sliced-base.jtl", 500_000), jtl("sliced-slow.jtl", 500_000, 1.4)].map(({ name, content }) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { value: 4 }));
  await open(page);
  const started: Worker[] = [];
  page.on("worker", (worker) => started.push(worker));
  await chooseFromDisk(page, "Baseline files", base);
  await chooseFromDisk(page, "Run files", slow);
  await expect(verdict(page)).toContainText("things/7", { timeout: 30_000 });
  expect(started.length).toBeGreaterThan(1);
  const json = await download(page, "Download JSON");
  const args = ["compare", "--threads", "1", "--format", "json", "--baseline", base, "--run", slow];
  expect(timeless(json.text)).toBe(timeless(commandLine(args)));
});

test("several files at a time, on a machine with cores for it", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { value: 8 }));
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  expect(page.workers().length).toBeGreaterThan(1);
});

test("the worker is bound by the page's policy", async ({ page, baseURL }) => {
  await open(page);
  await choose(page, "Run files", locust("2.47.0/slow"));
  const reading = await worker(page);
  const other = new URL(baseURL ?? "");
  other.hostname = "localhost";
  const ask = (address: string) =>
    reading.evaluate((address) => fetch(address).then((answer) => answer.status, (error) => String(error)), address);
  // The server answers every origin, so that nothing but the policy can refuse.
  expect(await ask(baseURL ?? "")).toBe(200);
  expect(await ask(other.href)).toContain("Failed to fetch");
});
