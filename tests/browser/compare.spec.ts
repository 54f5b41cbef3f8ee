// The main job: two results in, the verdict out, by every way there is.
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { choose, download, drag, drop, locust, repository } from "./files";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];

test("two Locust runs dropped in one gesture show what regressed", async ({ page, watched }) => {
  await open(page);
  const before = watched.requests.length;
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms, +62 %");
  await expect(page.getByText("base taken as baseline: its name says “base”")).toBeVisible();
  const table = page.getByRole("table", { name: "Endpoints" });
  const rows = table.locator("tr[id^=row-]");
  await expect(rows).toHaveCount(1 + 8);
  await expect(table.getByRole("row", { name: /POST\s+\/v1\/chat/ })).toContainText("Regressed");
  // The total stands apart, and the details are those of the endpoint that decided.
  await expect(rows.first()).toContainText("All requests");
  const details = page.locator("#row-e0729aeeb4665e5e + #details-row");
  await expect(details.getByRole("heading", { name: "Details of POST /v1/chat", exact: true })).toBeVisible();
  await expect(details.getByRole("table", { name: "Metrics" }).getByRole("row", { name: /^p50 240 ms 390 ms \+62\.5 %/ })).toBeVisible();
  await details.getByText("How this was decided").click();
  await expect(details.getByText("(390 ms − 240 ms) ÷ 240 ms = +62.5 %")).toBeVisible();
  // Nothing that the files or the reader have to say is left out.
  await expect(page.getByRole("region", { name: "Run facts" }).first()).toContainText("9 rows = 8 endpoints + 1 total");
  await expect(page.getByText("Locust rounds percentiles to two digits")).toBeVisible();
  expect(watched.requests.slice(before)).toEqual([]);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("the order of the files changes nothing", async ({ page }) => {
  await open(page);
  await drop(page, [...pair].reverse());
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
});

test("files chosen for each side, one after the other", async ({ page }) => {
  await open(page);
  await choose(page, "Run files", locust("2.47.0/slow"));
  await expect(page.getByRole("heading", { name: "Now drop a baseline to compare." })).toBeVisible();
  await expect(page.getByText("Drop a baseline to compare", { exact: true })).toBeVisible();
  await expect(page.getByText("Locust >=2.44 · 8 endpoints · 3,401 requests", { exact: false })).toBeVisible();
  await expect(verdict(page)).toHaveCount(0);
  await choose(page, "Baseline files", locust("2.47.0/base"));
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms");
  // A person said which is which: nothing was guessed.
  await expect(page.getByText("taken as baseline")).toHaveCount(0);
});

test("one file dropped, then the other: the earlier one becomes the baseline", async ({ page }) => {
  await open(page);
  await drop(page, locust("2.47.0/slow"));
  await expect(page.getByRole("heading", { name: /^slow/ })).toBeVisible();
  await drop(page, locust("2.47.0/base").map((file) => ({ ...file, name: file.name.replace("base", "first") })));
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  await expect(page.getByText("first taken as baseline: it started earlier")).toBeVisible();
});

test("a file let go over a side belongs to it, whatever its name says", async ({ page }) => {
  await open(page);
  await drop(page, locust("2.47.0/slow"), "[data-side=baseline]");
  await drop(page, locust("2.47.0/base"), "[data-side=run]");
  await expect(page.getByRole("row", { name: /GET\s+\/search/ })).toContainText("+50 %");
  await expect(page.getByRole("row", { name: /POST\s+\/v1\/chat/ })).toContainText("−35 %");
});

test("sample data shows a regression at once", async ({ page, watched }) => {
  await open(page);
  const before = watched.requests.length;
  await page.getByRole("button", { name: "Try sample data" }).click();
  await expect(verdict(page)).toContainText("Regressed");
  await expect(verdict(page)).toContainText("POST /v1/chat");
  expect(watched.requests.slice(before)).toEqual([]);
});

test("swapping exchanges the sides and turns the verdict round", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const swap = page.getByRole("button", { name: "Swap baseline and run" });
  await swap.click();
  await expect(page.getByRole("row", { name: /POST\s+\/v1\/chat/ })).toContainText("390 ms240 ms−38 %");
  await expect(page.getByText("taken as baseline")).toHaveCount(0);
  await swap.click();
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
});

test("while files are dragged over the window, it says what letting go does", async ({ page }) => {
  await open(page);
  await drag(page, pair);
  await expect(page.getByText("Release: 8 files")).toBeVisible();
  await page.locator("body").dispatchEvent("dragleave");
  await expect(page.getByText("Release: 8 files")).toHaveCount(0);
});

test("a run dropped over a report: the page asks what it replaces", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
  await drop(page, locust("2.47.0/full"));
  const dialog = page.getByRole("dialog", { name: "Add to this comparison" });
  await expect(dialog).toContainText("full_stats.csv");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(verdict(page)).toContainText("POST /v1/chat");
  await drop(page, locust("2.47.0/full"));
  await dialog.getByRole("button", { name: "Replace the run" }).click();
  await expect(page.locator("[data-side=run]")).toContainText("full");
});

test("three runs at once: the page asks which is which", async ({ page }) => {
  await open(page);
  await drop(page, [...pair, ...locust("2.47.0/full")]);
  await expect(page.getByRole("heading", { name: "Which is which?" })).toBeVisible();
  await page.getByLabel("What base is").selectOption("Baseline");
  await page.getByLabel("What slow is").selectOption("Run");
  await page.getByLabel("What full is").selectOption("Leave out");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
});

test("several results on one side are a question, with its answers", async ({ page }) => {
  await open(page);
  const stats = [...locust("2.47.0/base", ["stats"]), ...locust("2.47.0/slow", ["stats"])];
  await choose(page, "Baseline files", stats);
  const card = page.getByRole("alert");
  await expect(card).toContainText("2 results on one side: base_stats.csv, slow_stats.csv.");
  await card.getByRole("button", { name: "Merge as parts of one run" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByText("6,900 requests")).toBeVisible();
  await choose(page, "Baseline files", stats);
  await page.getByRole("button", { name: "Keep only base_stats.csv" }).click();
  await expect(page.getByText("3,499 requests")).toBeVisible();
  await choose(page, "Baseline files", stats);
  await page.getByRole("button", { name: "Compare them with each other" }).click();
  await expect(verdict(page)).toContainText("POST /v1/chat");
});

test("the same file on both sides is no verdict", async ({ page }) => {
  await open(page);
  const base = repository("tests/fixtures/locust/2.47.0/base_stats.csv");
  await choose(page, "Baseline files", [base]);
  await choose(page, "Run files", [{ ...base, name: "other.csv" }]);
  await expect(verdict(page)).toContainText("Not comparable");
});

test("both reports can be taken away", async ({ page, watched }) => {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
  const before = watched.requests.length;
  const markdown = await download(page, "Download Markdown");
  expect(markdown.name).toBe("loaddiff-report.md");
  expect(markdown.text).toContain("/v1/chat");
  const json = await download(page, "Download JSON");
  expect(json.name).toBe("loaddiff-report.json");
  expect(JSON.parse(json.text)).toMatchObject({ profile: "default" });
  expect(watched.requests.slice(before).filter((address) => !address.startsWith("blob:"))).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("files chosen by a field that left the page meanwhile are taken", async ({ page }) => {
  await open(page);
  const asked = page.waitForEvent("filechooser");
  await page.locator(".slot[data-side=run] .slot-body").click();
  const chooser = await asked;
  // The report takes the place of the start page, and of the field.
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await expect(page.locator("[data-side=run] .pill-label")).toHaveText("slow");
  await chooser.setFiles(locust("2.47.0/base").map(({ name, content }) => ({ name, mimeType: "", buffer: Buffer.from(content) })));
  await expect(page.locator("[data-side=run] .pill-label")).toHaveText("base");
});
