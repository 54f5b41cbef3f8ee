// The report as it reads: rows of one height, details under their row, paper, phones.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import { drop, locust, many } from "./files";
import { expect, open, test } from "./page";

const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];
const fifty = () => [many(50, "base_stats.csv", false), many(50, "run_stats.csv", true)];
const table = (page: Page) => page.getByRole("table", { name: "Endpoints", exact: true });
const rows = (page: Page) => table(page).locator("tr.row");

test("50 endpoints fit four screens, in rows of one height, under a head that stays", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await open(page);
  await drop(page, fifty());
  await page.getByRole("button", { name: "show", exact: true }).click();
  await page.getByRole("button", { name: "Close details" }).click();
  await expect(page.locator("#details")).toHaveCount(0);
  await expect(rows(page)).toHaveCount(51);
  const heights = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
  expect(Math.max(...heights)).toBeLessThanOrEqual(48);
  // The total's line below is double.
  expect(Math.max(...heights) - Math.min(...heights)).toBeLessThanOrEqual(3);
  const box = await table(page).boundingBox();
  expect(box?.height).toBeLessThanOrEqual(4 * 720);
  await rows(page).nth(30).scrollIntoViewIfNeeded();
  // The page may still be scrolling.
  await expect
    .poll(() =>
      page.evaluate(() => {
        const box = (selector: string) => document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
        return Math.abs(Math.round(box(".endpoint-table > thead th").top - box("header.bar").bottom));
      }),
    )
    .toBe(0);
});

test("details open under their row, take the focus, and give it back", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const details = page.locator("#details");
  const row = rows(page).filter({ hasText: "/search" });
  await row.focus();
  await page.keyboard.press("Enter");
  await expect(details.getByRole("heading", { level: 3 })).toContainText("GET /search");
  await expect(details).toBeFocused();
  const between = await row.evaluate((row) => {
    const below = document.querySelector("#details")?.getBoundingClientRect() ?? new DOMRect();
    return Math.abs(below.top - row.getBoundingClientRect().bottom);
  });
  expect(between).toBeLessThanOrEqual(4);
  // Charts come first, side by side.
  const drawings = details.locator(".charts").first().locator(".drawing");
  const tops = await drawings.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
  expect(tops.length).toBeGreaterThan(1);
  // One has a choice of figures above it.
  expect(Math.abs(tops[1] - tops[0])).toBeLessThan(30);
  const metrics = details.getByRole("table", { name: "Metrics" });
  expect(await metrics.evaluate((table) => Math.round(table.getBoundingClientRect().top))).toBeGreaterThan(tops[0]);
  await page.keyboard.press("j");
  await expect(details.getByRole("heading", { level: 3 })).not.toContainText("GET /search");
  await expect(details).toBeFocused();
  await page.keyboard.press("k");
  await expect(details.getByRole("heading", { level: 3 })).toContainText("GET /search");
  await page.keyboard.press("Escape");
  await expect(details).toHaveCount(0);
  await expect(row).toBeFocused();
});

test("a counter shows as many rows as it says", async ({ page }) => {
  await open(page);
  await drop(page, fifty());
  const counters = page.getByRole("group", { name: "Endpoints by verdict" }).getByRole("button");
  for (const counter of await counters.all()) {
    const says = Number((await counter.innerText()).match(/\d+/)?.[0]);
    await counter.click();
    await expect(rows(page)).toHaveCount(says);
    await counter.click();
  }
});

const pages = async (page: Page) => {
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  return (pdf.match(/\/Type\s*\/Page\b/g) ?? []).length;
};

test("50 endpoints are at most 8 pages of paper, from the file and from the page", async ({ page }, info) => {
  const [base, run, report] = ["base_stats.csv", "run_stats.csv", "report.html"].map((name) => info.outputPath(name));
  const [from, to] = fifty();
  writeFileSync(base, from.content);
  writeFileSync(run, to.content);
  const program = process.env.LOADDIFF_CLI;
  if (program === undefined) throw new Error("LOADDIFF_CLI must name the command line");
  spawnSync(program, ["report", base, run, "--format", "html", "--output", report]);
  await page.goto(pathToFileURL(report).href);
  expect(await pages(page)).toBeLessThanOrEqual(8);
  await open(page);
  await drop(page, [from, to]);
  await page.getByRole("button", { name: "show", exact: true }).click();
  await expect(rows(page)).toHaveCount(51);
  expect(await pages(page)).toBeLessThanOrEqual(8);
});

for (const width of [390, 320]) {
  test(`at ${width} px the word leaves room, and nothing is wider than the page`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await open(page);
    await drop(page, fifty());
    const word = await page.locator("#verdict h1").boundingBox();
    expect(word?.height).toBeLessThanOrEqual(64);
    const band = await page.getByRole("status", { name: "Verdict" }).boundingBox();
    expect(band?.height).toBeLessThanOrEqual(600);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const heights = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
    expect(Math.max(...heights)).toBeLessThanOrEqual(110);
    // What a row says is not cut off at its edge.
    const cut = await rows(page).evaluateAll((all) => all.filter((row) => row.scrollHeight > row.clientHeight + 2).map((row) => `${row.scrollHeight} of ${row.clientHeight}: ${row.textContent}`));
    expect(cut).toEqual([]);
  });
}
