// The endpoint table with 10,000 rows: few are in the document, all can be reached; words, order, groups, columns.
import type { Page } from "@playwright/test";
import { drop, jtl } from "./files";
import { expect, open, test } from "./page";

const rows = (page: Page) => page.locator("#endpoint-rows > tr.row:not(.total)");
const count = (page: Page) => page.locator("#endpoints-title .sub");

async function compared(page: Page, endpoints: number): Promise<void> {
  await open(page);
  await drop(page, [jtl("base.jtl", 2 * endpoints, 1, endpoints), jtl("run.jtl", 2 * endpoints, 1, endpoints)]);
  await expect(count(page)).toBeVisible({ timeout: 60_000 });
  const all = page.getByRole("button", { name: "show", exact: true });
  if (await all.isVisible()) await all.click();
}

test("10,000 rows: those in view are in the document, the last is reached by scrolling", async ({ page }) => {
  test.setTimeout(180_000);
  await compared(page, 10_000);
  await page.getByRole("button", { name: /^Endpoint/ }).click();
  const table = page.locator(".endpoint-table");
  await expect(table).toHaveAttribute("aria-rowcount", "10002");
  expect(await rows(page).count()).toBeLessThan(200);
  const heights = await rows(page).evaluateAll((all) => [...new Set(all.map((row) => Math.round(row.getBoundingClientRect().height)))]);
  expect(heights).toHaveLength(1);
  expect(heights[0]).toBeLessThanOrEqual(48);
  // The space of rows that are not there is theirs: the page is as long as with all of them.
  const long = await page.locator("#endpoint-rows").evaluate((body) => body.getBoundingClientRect().height);
  expect(Math.abs(long - 10_001 * heights[0])).toBeLessThan(10_000);
  await page.locator("#rows-below").evaluate((row) => scrollTo(0, row.getBoundingClientRect().bottom + scrollY));
  await expect(page.locator("#endpoint-rows > tr.row").last()).toContainText("things/9999");
  await expect(page.locator("#endpoint-rows > tr.row").last()).toHaveAttribute("aria-rowindex", "10002");
  expect(await rows(page).count()).toBeLessThan(200);
  // Rows are there wherever one looks.
  for (const part of [0.3, 0.7, 0.1]) {
    await page.evaluate((part) => scrollTo(0, part * document.documentElement.scrollHeight), part);
    await expect.poll(() => page.evaluate(() => document.elementFromPoint(300, 400)?.closest("tr")?.className ?? "")).toContain("row");
  }
  // A filter is at its first rows.
  await page.keyboard.press("/");
  await page.keyboard.type("things/77 -5");
  await expect(count(page)).toContainText(/of 10,000 endpoints/);
  await expect(rows(page).first()).toContainText("things/77");
  await expect(page.getByLabel("Filter endpoints")).toBeFocused();
});

test("scrolling adds rows and removes others, and moves none", async ({ page }) => {
  await compared(page, 400);
  await page.getByRole("button", { name: /^Endpoint/ }).click();
  await page.evaluate(() => {
    const moved = { rows: 0, added: 0 };
    Object.assign(window, { moved });
    new MutationObserver((records) => {
      const of = (what: "addedNodes" | "removedNodes") => new Set(records.flatMap((record) => [...record[what]]));
      const removed = of("removedNodes");
      const added = of("addedNodes");
      moved.added += added.size;
      moved.rows += [...added].filter((row) => removed.has(row)).length;
    }).observe(document.querySelector("#endpoint-rows") as Element, { childList: true });
  });
  for (let step = 0; step < 30; step += 1) {
    await page.mouse.wheel(0, 200);
    await page.waitForTimeout(30);
  }
  const moved = () => page.evaluate(() => (window as unknown as { moved: { rows: number; added: number } }).moved);
  await expect.poll(async () => (await moved()).added).toBeGreaterThan(50);
  expect((await moved()).rows).toBe(0);
});

test("the view keeps its place where the open row comes into the document", async ({ page }) => {
  await compared(page, 400);
  await page.getByRole("button", { name: /^Endpoint/ }).click();
  await page.locator(".endpoint-table").evaluate((table) => scrollTo(0, table.getBoundingClientRect().top + scrollY + 6000));
  await expect.poll(() => page.evaluate(() => document.elementFromPoint(300, 400)?.closest("tr")?.className ?? "")).toContain("row");
  await page.mouse.click(300, 400);
  await expect(page.locator("#details-row")).toBeVisible();
  await page.mouse.move(300, 400);
  // The details come into view.
  await page.waitForTimeout(500);
  let place = await page.evaluate(() => scrollY);
  for (const by of [...Array<number>(8).fill(600), ...Array<number>(14).fill(-600), ...Array<number>(8).fill(600)]) {
    place += by;
    await page.mouse.wheel(0, by);
    // Rows and details are measured in whole pixels. A jump would stay until the end.
    await expect.poll(async () => Math.abs((await page.evaluate(() => scrollY)) - place)).toBeLessThan(8);
    await page.waitForTimeout(200);
  }
  expect(Math.abs((await page.evaluate(() => scrollY)) - place)).toBeLessThan(8);
});

test("a window of any height is full of rows, and every row is numbered", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 3400 });
  await compared(page, 400);
  await page.getByRole("button", { name: /^Endpoint/ }).click();
  await page.locator(".endpoint-table").evaluate((table) => scrollTo(0, table.getBoundingClientRect().top + scrollY + 4000));
  for (const y of [300, 1700, 3300]) {
    await expect.poll(() => page.evaluate((y) => document.elementFromPoint(300, y)?.closest("tr")?.className ?? "", y)).toContain("row");
  }
  for (const filter of ["things/1", "things/11", ""]) {
    await page.getByLabel("Filter endpoints").fill(filter);
    await expect(count(page)).toContainText(filter === "" ? "400" : " endpoints");
    // Where all rows are in the document, their places are their numbers.
    const isRight = () =>
      page.locator("#endpoint-rows").evaluate((body) => {
        const above = body.querySelector("#rows-above");
        const numbers = [...body.querySelectorAll("tr.row:not(.total)")].map((row) => row.getAttribute("aria-rowindex"));
        if (above === null) return numbers.every((number) => number === null);
        const first = 2 + Number(above.getAttribute("data-rows")) + body.querySelectorAll("tr.row.total").length;
        return numbers.every((number, i) => number === String(first + i));
      });
    await expect.poll(isRight).toBe(true);
  }
});

test("further columns to sort by, columns to choose, and the keyboard for both", async ({ page }) => {
  await compared(page, 30);
  await page.getByRole("button", { name: /^Requests/ }).click();
  await page.getByRole("button", { name: /^Endpoint/ }).click({ modifiers: ["Shift"] });
  await expect(page.locator("#said")).toHaveText("Sorted by requests, largest first; then by endpoint, A to Z.");
  await expect(page.locator(".col-requests")).toHaveAttribute("aria-sort", "descending");
  await page.getByText("Columns", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Throughput", { exact: true }).focus();
  await page.keyboard.press("Space");
  await expect(page.locator(".col-rate")).toBeHidden();
  await expect(rows(page).first().locator(".fig-throughput")).toBeHidden();
  await expect(page.getByLabel("Throughput", { exact: true })).toBeFocused();
  await page.keyboard.press("Space");
  await expect(page.locator(".col-rate")).toBeVisible();
});

test("added and removed endpoints are groups", async ({ page }) => {
  await open(page);
  await drop(page, [jtl("base.jtl", 8_000, 1, 12), jtl("run.jtl", 8_000, 1, 10)]);
  await page.getByLabel("Group by").selectOption("added, removed");
  const heads = page.locator(".group-head");
  await expect(heads).toHaveCount(2);
  await expect(heads.filter({ hasText: "removed: in the baseline alone" })).toContainText("2");
});

test("on paper there are no empty pages, and it is said that not all rows are there", async ({ page }) => {
  await compared(page, 300);
  const note = page.getByText("Only rows near those in view are on paper. The HTML report has all 300.");
  await expect(note).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(note).toBeVisible();
  for (const space of await page.locator("#rows-above, #rows-below").all()) await expect(space).toBeHidden();
});
