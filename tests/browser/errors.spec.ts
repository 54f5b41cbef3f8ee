// What cannot be used, and what must do no harm.
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { choose, chooseFromDisk, drop, locust } from "./files";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];

test("a wrong file is refused with its place and a next step, and the page lives on", async ({ page, watched }) => {
  await open(page);
  await drop(page, [{ name: "notes.txt", content: "Dear diary,\nno results today.\n" }]);
  const card = page.getByRole("alert");
  await expect(card).toContainText("Format not recognised");
  await expect(card).toContainText("notes.txt:1:1");
  await expect(card).toContainText("Dear diary,");
  await expect(card).toContainText("It is text of no known tool.");
  await expect(card).toContainText("Give a result of Locust, JMeter, k6, Gatling or one of ");
  await drop(page, pair);
  await expect(verdict(page)).toContainText("POST /v1/chat");
  await card.getByRole("button", { name: "Dismiss" }).click();
  await expect(card).toHaveCount(0);
  expect(watched.console).toEqual([]);
});

test("an empty file and a cut one say so", async ({ page }) => {
  await open(page);
  await drop(page, [
    { name: "empty_stats.csv", content: "" },
    { name: "cut.json", content: '[{"name": "/a", "method": "GET",' },
  ]);
  await expect(page.getByRole("alert").filter({ hasText: "empty_stats.csv" })).toContainText("The file is empty.");
  await expect(page.getByRole("alert").filter({ hasText: "cut.json" })).toContainText("malformed or cut");
});

test("a failures file alone is no run, and the page says what is missing", async ({ page }) => {
  await open(page);
  await choose(page, "Run files", locust("2.47.0/slow", ["failures"]));
  await expect(page.getByRole("alert")).toContainText("The summary is missing");
  // Added later, the summary makes it one.
  await choose(page, "Run files", locust("2.47.0/slow", ["stats", "failures"]));
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByText("3,401 requests")).toBeVisible();
});

test("a thresholds file sets the limits, and can be removed", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
  const thresholds = 'schema = 1\n[[rule]]\nmetric = "p95_latency_ms"\nfail = { any = ["+200%"] }\n';
  await drop(page, [{ name: "limits.toml", content: thresholds }]);
  await expect(verdict(page)).toContainText("The limit 200 % lets everything below it pass");
  await expect(verdict(page)).toContainText("limits.toml");
  await page.getByRole("button", { name: "Edit limits" }).click();
  const dialog = page.getByRole("dialog", { name: "Limits" });
  await expect(dialog).toContainText("+200 %");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(verdict(page)).toContainText("Regressed");
  await dialog.getByLabel("Profile").selectOption("seed-v1");
  await expect(verdict(page)).toContainText("seed-v1");
});

test("a mistake in a thresholds file is shown with line and column, and changes nothing", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await drop(page, [{ name: "limits.toml", content: '[[rule]]\nmetric = "error_rate_pct"\nlimit = "+0.5"\n' }]);
  const card = page.getByRole("alert");
  await expect(card).toContainText("limits.toml:3:9");
  await expect(card).toContainText("has no unit");
  await expect(card).toContainText('limit = "+0.5"');
  await expect(verdict(page)).toContainText("Regressed");
});

test("a thresholds file in JSON is known by its content", async ({ page }) => {
  await open(page);
  const good = '{"rule": [{"metric": "p95_latency_ms", "fail": {"any": ["+200%"]}}]}';
  await drop(page, [{ name: "a.json", content: good }, ...pair]);
  await expect(verdict(page)).toContainText("The limit 200 % lets everything below it pass");
  await drop(page, [{ name: "b.json", content: good.replace("+200%", "+200") }]);
  await expect(page.getByRole("alert")).toContainText("b.json:1:");
});

test("names with markup stay text everywhere, and run nothing", async ({ page, watched }) => {
  page.on("dialog", (dialog) => {
    watched.console.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await open(page);
  const image = "<img src=x onerror=alert(1)>";
  const full = locust("2.47.0/full", ["stats", "stats_history", "failures"]);
  const slower = full.map(({ name, content }) => ({
    name: name.replace("full", "<b>slow"),
    content: content.toString().replace(/(onerror=alert\(1\)>,37,0),12,/, "$1,900,").replace(/,12,12,12,13,14,17,17/g, ",900,900,900,900,900,900,900"),
  }));
  await drop(page, [...full, ...slower]);
  await expect(page.getByRole("table", { name: "Endpoints" })).toContainText(image);
  await page.getByRole("row", { name: image }).click();
  await expect(page.locator("#details-row").getByRole("heading", { name: image })).toBeVisible();
  for (const text of await page.locator("details > summary").all()) await text.click({ force: true });
  await page.getByRole("searchbox", { name: "Filter endpoints" }).fill("<img");
  await expect(page.getByRole("table", { name: "Endpoints" })).toContainText(image);
  await page.getByRole("button", { name: "Swap baseline and run" }).click();
  await expect(page.locator("img, script[src='x'], main b b")).toHaveCount(0);
  expect(watched.console).toEqual([]);
  expect(watched.requests.filter((address) => address.endsWith("/x"))).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("a document over the limit is refused by its beginning", async ({ page }, info) => {
  const path = info.outputPath("huge_stats.csv");
  mkdirSync(info.outputDir, { recursive: true });
  writeFileSync(path, "Type,Name,Request Count\n");
  // Sparse: it takes no room on the disk.
  truncateSync(path, 300e6);
  await open(page);
  await chooseFromDisk(page, "Run files", path);
  const card = page.getByRole("alert");
  await expect(card).toContainText("File too large");
  await expect(card).toContainText("which is read as a whole, and it is over 256 MiB");
  await expect(card).toContainText("row by row");
});
