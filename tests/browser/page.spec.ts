// How the page is used: table, keys, themes, narrow screens, assistive technology.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { drop, locust, many } from "./files";

const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];
const endpoints = (page: Page) => page.getByRole("table", { name: "Endpoints" });
const rows = (page: Page) => endpoints(page).locator("tr.row");
const names = async (page: Page) => (await rows(page).locator("> th").allInnerTexts()).map((name) => name.trim().replace(/\s+/g, " "));

test("the table sorts, filters, and states what it hides", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  // The details hold a table too, with heads of their own.
  const head = (name: string) => endpoints(page).locator("> thead").getByRole("columnheader", { name });
  await expect(head("Verdict")).toHaveAttribute("aria-sort", "descending");
  await page.getByRole("group", { name: "Percentile" }).first().getByRole("button", { name: "p95" }).click();
  await head("p95 run").getByRole("button").click();
  await expect(head("p95 run")).toHaveAttribute("aria-sort", "descending");
  expect((await names(page)).slice(0, 3)).toEqual(["All requests", "POST /v1/chat", "POST /tools/run"]);
  await head("Endpoint").getByRole("button").click();
  await expect(head("Endpoint")).toHaveAttribute("aria-sort", "ascending");
  expect((await names(page))[1]).toContain("/health");
  await page.getByRole("searchbox", { name: "Filter endpoints" }).fill("users");
  await expect(page.getByText("2 of 8")).toBeVisible();
  await page.getByRole("searchbox", { name: "Filter endpoints" }).fill("nothing like it");
  await page.getByRole("button", { name: "Show all" }).click();
  // Of tables so small none is simply unchanged: what is hidden as such is tested with 2,000 endpoints.
  await expect(rows(page)).toHaveCount(1 + 8);
  const chip = page.getByRole("button", { name: /\d regressed/ });
  await chip.click();
  await expect(chip).toHaveAttribute("aria-pressed", "true");
  await expect(endpoints(page).getByRole("row", { name: /POST\s+\/v1\/chat/ })).toBeVisible();
  await expect(endpoints(page).getByRole("row", { name: /GET\s+\/health/ })).toHaveCount(0);
});

test("the percentile is chosen for chart and table together", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await page.getByRole("group", { name: "Percentile" }).first().getByRole("button", { name: "p50" }).click();
  await expect(endpoints(page).getByRole("columnheader", { name: "p50 run" })).toBeVisible();
  await expect(endpoints(page).getByRole("row", { name: /POST\s+\/v1\/chat/ })).toContainText("390 ms");
});

test("a row shows its details, by click and by key", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const details = page.locator("#details");
  await endpoints(page).getByRole("row", { name: /GET\s+\/search/ }).click();
  await expect(details.getByRole("heading", { level: 3 })).toContainText("GET /search");
  await expect(details).toContainText("500 Server Error");
  await endpoints(page).getByRole("row", { name: /POST\s+\/query/ }).focus();
  await page.keyboard.press("Enter");
  await expect(details.getByRole("heading", { level: 3 })).toContainText("POST /query");
  await expect(endpoints(page).getByRole("row", { name: /POST\s+\/query/ })).toHaveAttribute("aria-selected", "true");
});

test("2,000 endpoints: unchanged ones are hidden, and few rows are in the document", async ({ page }) => {
  await open(page);
  await drop(page, [many(2000, "base_stats.csv", false), many(2000, "run_stats.csv", true)]);
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText("Regressed");
  await expect(page.getByText(/unchanged hidden/)).toBeVisible();
  await page.getByRole("button", { name: "show", exact: true }).click();
  await expect(page.locator(".endpoint-table")).toHaveAttribute("aria-rowcount", "2002");
  expect(await rows(page).count()).toBeLessThan(200);
  const filter = page.getByRole("searchbox", { name: "Filter endpoints" });
  await filter.fill("/api/1999");
  await expect(page.getByText("1 of 2,000")).toBeVisible();
});

test("everything has its key, and none works while typing", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const heading = page.locator("#details").getByRole("heading", { level: 3 });
  await expect(heading).toContainText("POST /v1/chat");
  await page.keyboard.press("j");
  await expect(heading).toContainText("POST /query");
  await page.keyboard.press("k");
  await expect(heading).toContainText("POST /v1/chat");
  await page.keyboard.press("r");
  await expect(page.getByRole("button", { name: /\d+ regressed/ })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("r");
  await page.keyboard.press("/");
  const filter = page.getByRole("searchbox", { name: "Filter endpoints" });
  await expect(filter).toBeFocused();
  await page.keyboard.type("jxd?");
  await expect(filter).toHaveValue("jxd?");
  await expect(page.locator("[data-side=baseline]")).toContainText("base");
  await page.keyboard.press("Escape");
  await expect(filter).toHaveValue("");
  await page.keyboard.press("x");
  await expect(page.locator("[data-side=baseline]")).toContainText("slow");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help).toBeVisible();
  await page.keyboard.press("x");
  await expect(page.locator("[data-side=baseline]")).toContainText("slow");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("the theme follows the system until it is chosen, and the choice lasts", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page);
  const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  expect(await dark()).toBe("light");
  await page.getByRole("button", { name: "Dark or light theme" }).click();
  expect(await dark()).toBe("dark");
  await open(page);
  expect(await dark()).toBe("dark");
  await page.keyboard.press("d");
  expect(await dark()).toBe("light");
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await dark()).toBe("dark");
});

for (const width of [390, 320]) {
  test(`at ${width} px nothing makes the page scroll sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await open(page);
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await beyond()).toBeLessThanOrEqual(0);
    await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/full")]);
    await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
    expect(await beyond()).toBeLessThanOrEqual(0);
    for (const summary of await page.locator("main details > summary").all()) await summary.click();
    expect(await beyond()).toBeLessThanOrEqual(0);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await open(page);
    const violations = async () => {
      const found = await new AxeBuilder({ page }).analyze();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    };
    expect(await violations()).toEqual([]);
    await drop(page, [{ name: "notes.txt", content: "no results" }, ...pair]);
    await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
    expect(await violations()).toEqual([]);
    await page.getByRole("button", { name: "Limits", exact: true }).click();
    expect(await violations()).toEqual([]);
  });
}

test("a counter of the verdict filters the table and brings it into view; the same counter undoes it", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page);
  await page.getByRole("button", { name: "Try sample data" }).click();
  const chip = page.getByRole("group", { name: "Endpoints by verdict" }).getByRole("button", { name: /unclear/ });
  await chip.click();
  await expect(page.locator("#endpoints-title")).toBeInViewport();
  await expect(page.locator("#endpoints-title .sub")).toContainText("unclear");
  await expect(chip).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chip).toHaveAttribute("aria-pressed", "false");
});

for (const width of [320, 390]) {
  test(`at ${width} px nothing of the bar and the tiles covers another, and rows name their metric`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await open(page);
    await page.getByRole("button", { name: "Try sample data" }).click();
    await expect(page.locator("#endpoint-rows > .row").first()).toBeVisible();
    const covered = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll(".bar .word, .bar-acts > *, .pill, .tile > *")].map((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return { part, box: part.matches(".word, .tile > *") ? range.getBoundingClientRect() : part.getBoundingClientRect() };
      });
      const lie = (a: DOMRect, b: DOMRect) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4;
      const both = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.box.width && b.box.width && lie(a.box, b.box)).map((b) => `${a.part.textContent} / ${b.part.textContent}`));
      const cut = [...document.querySelectorAll(".tile > *, .pill-label")].filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.textContent);
      return [...both, ...cut];
    });
    expect(covered).toEqual([]);
    expect((await page.locator(".word").boundingBox())!.height).toBeLessThan(40);
    const change = page.locator("#endpoint-rows > .row > .change").first();
    const metric = (await change.getAttribute("data-of"))!;
    expect(await change.evaluate((cell) => getComputedStyle(cell, "::before").content)).toContain(metric);
  });
}
