// Every action by keyboard, and the focus never lost.
import type { Page } from "@playwright/test";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];
const focused = (page: Page) => page.evaluate(() => document.activeElement?.tagName ?? "none");

test("keys do what the list of keys says, and none while typing", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Regressed");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help).toBeVisible();
  for (const key of ["/", "j", "k", "r", "x", "s", "e", "l", "d", "?", "Ctrl"]) {
    await expect(help.locator("kbd", { hasText: new RegExp(`^${key === "/" || key === "?" ? `\\${key}` : key}$`) }).first()).toBeVisible();
  }
  // The focus stays in a modal dialog.
  for (let i = 0; i < 4; i += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("#dialog-help") !== null)).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("l");
  await expect(page.getByRole("dialog", { name: "Limits" })).toBeVisible();
  await page.getByRole("heading", { name: "Limits", exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Limits" })).toBeHidden();
  await page.keyboard.press("/");
  await expect(page.getByLabel("Filter endpoints")).toBeFocused();
  await page.keyboard.type("xj?");
  await expect(page.getByLabel("Filter endpoints")).toHaveValue("xj?");
  await expect(help).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(page.getByLabel("Filter endpoints")).toHaveValue("");
  expect(await focused(page)).not.toBe("BODY");
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog", { name: "Share" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Share" })).toBeHidden();
  // On a busy machine the first press came to nothing, for a reason not found.
  const chooser = page.waitForEvent("filechooser");
  await expect(async () => {
    await page.keyboard.press("Control+o");
    const came = await Promise.race([chooser, new Promise((done) => setTimeout(done, 2_000))]);
    expect(came).toBeDefined();
  }).toPass();
  expect((await chooser).isMultiple()).toBe(true);
  await page.keyboard.press("x");
  await expect(page.locator("[data-side=baseline] .pill-label")).toHaveText("slow");
});

test("the focus is never lost", async ({ page }) => {
  await open(page);
  await drop(page, [...pair, { name: "notes.txt", content: "no results" }]);
  const unused = page.getByText("1 file not used");
  await expect(unused).toBeVisible();
  const actions: [string, () => Promise<unknown>][] = [
    ["open the files that are not used", async () => { await unused.focus(); await page.keyboard.press("Enter"); }],
    ["dismiss", async () => { await page.getByRole("button", { name: "Dismiss" }).focus(); await page.keyboard.press("Enter"); await expect(unused).toHaveCount(0); }],
    ["j", () => page.keyboard.press("j")],
    ["k", () => page.keyboard.press("k")],
    ["close details", async () => { await page.keyboard.press("Escape"); }],
    ["r", () => page.keyboard.press("r")],
    ["r again", () => page.keyboard.press("r")],
    ["sort", async () => { await page.getByRole("button", { name: /^Requests/ }).focus(); await page.keyboard.press("Enter"); }],
    ["limits", async () => { await page.getByRole("button", { name: "Limits", exact: true }).focus(); await page.keyboard.press("Enter"); }],
    ["reset", async () => { await page.getByRole("button", { name: "Reset" }).focus(); await page.keyboard.press("Enter"); }],
    ["close limits", async () => { await page.keyboard.press("Escape"); }],
    ["filter to nothing", async () => { await page.keyboard.press("/"); await page.keyboard.type("nothing like it"); }],
    ["show all", async () => { await page.getByRole("button", { name: "Show all" }).focus(); await page.keyboard.press("Enter"); }],
    ["swap", async () => { await page.getByRole("button", { name: /^Swap/ }).focus(); await page.keyboard.press("Enter"); }],
    ["start over", async () => { await page.getByRole("link", { name: /start over/ }).focus(); await page.keyboard.press("Enter"); }],
  ];
  for (const [name, act] of actions) {
    await act();
    await page.waitForTimeout(150);
    expect(await focused(page), name).not.toBe("BODY");
  }
});

test("headings are in order, and the page has its landmarks", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Regressed");
  const levels = await page.locator("main :is(h1, h2, h3, h4)").evaluateAll((all) =>
    all.filter((h) => h.checkVisibility()).map((h) => Number(h.tagName.slice(1))));
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  for (const [at, level] of levels.entries()) if (at > 0) expect(level - levels[at - 1], `${levels}`).toBeLessThanOrEqual(1);
  await expect(page.locator("header.bar")).toBeVisible();
  await expect(page.getByRole("main")).toBeVisible();
  await expect(page.locator("footer")).toBeVisible();
});

test("at 320 px nothing is wider than the page", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page);
  await drop(page, pair);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Regressed");
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});
