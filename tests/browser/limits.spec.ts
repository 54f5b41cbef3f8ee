// The panel of limits: beside the report, which stays usable; every endpoint judged again; the file for the command line.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];
const panel = (page: Page) => page.getByRole("dialog", { name: "Limits" });
const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });

async function compared(page: Page): Promise<void> {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
}

test("the panel hides nothing of the report, which can be used beside it", async ({ page }) => {
  await compared(page);
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  await expect(panel(page)).toBeVisible();
  const side = (await panel(page).boundingBox())!;
  for (const section of await page.locator("main section.panel, main [role=status]").all()) {
    const box = await section.boundingBox();
    if (box !== null) expect(box.x + box.width).toBeLessThanOrEqual(side.x + 1);
  }
  // No part of the page is inert: a row opens, and the panel stays.
  const row = page.locator("#endpoint-rows tr.row", { hasText: "/query" }).first();
  await row.click();
  await expect(page.locator("#details")).toContainText("/query");
  await expect(panel(page)).toBeVisible();
  await panel(page).getByLabel("p95 limit", { exact: true }).focus();
  await page.keyboard.press("Escape");
  await expect(panel(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Limits", exact: true })).toHaveAttribute("aria-expanded", "false");
  expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
});

test("an emptied limit is no limit, cells change in place and the field keeps the focus", async ({ page }) => {
  await compared(page);
  await page.keyboard.press("l");
  const row = page.locator("#endpoint-rows tr.row", { hasText: "/v1/chat" }).first();
  await row.evaluate((row) => Object.assign(window, { row }));
  for (const name of ["mean", "p50", "mean of all requests", "p50 of all requests", "p95", "p99", "error rate", "throughput"]) {
    const field = panel(page).getByLabel(`${name} limit`, { exact: true });
    await field.focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await expect(field).toHaveAttribute("placeholder", "no limit");
    await expect(field).toBeFocused();
    await expect(field).toHaveValue("");
  }
  await expect(verdict(page)).not.toContainText("Regressed");
  await expect(panel(page).getByRole("status")).not.toContainText("Regressed");
  expect(await row.evaluate((row) => (window as unknown as { row: Element }).row === row)).toBe(true);
  // What is no number yet moves nothing.
  const p50 = panel(page).getByLabel("p50 limit", { exact: true });
  await p50.focus();
  await page.keyboard.type("5");
  await expect(verdict(page)).toContainText("Regressed");
  await page.keyboard.type("e");
  await expect(p50).toBeFocused();
  await expect(verdict(page)).toContainText("Regressed");
  await panel(page).getByRole("button", { name: "Reset" }).click();
  await expect(panel(page).getByLabel("p95 limit", { exact: true })).toHaveValue("10");
});

test("what is copied judges the same on the command line", async ({ page, context }, info) => {
  const program = process.env.LOADDIFF_CLI;
  if (program === undefined) throw new Error("LOADDIFF_CLI must name the command line");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await compared(page);
  await page.keyboard.press("l");
  await panel(page).getByLabel("p50 limit", { exact: true }).fill("70");
  await panel(page).getByLabel("mean limit", { exact: true }).fill("");
  await panel(page).getByLabel("Confidence").fill("99");
  await panel(page).getByLabel("Percentile").selectOption("p90 only");
  await expect(panel(page)).toContainText("was +5 %");
  await panel(page).getByRole("button", { name: "Copy as thresholds file" }).click();
  await expect(panel(page).getByRole("button", { name: "Copied" })).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const path = info.outputPath("limits.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const root = resolve(__dirname, "../..");
  const side = (name: string) =>
    ["stats", "stats_history", "failures", "exceptions"].map((kind) => join("tests/fixtures/locust/2.47.0", `${name}_${kind}.csv`));
  const args = ["compare", "--format", "json", "--policy", path, "--baseline", ...side("base"), "--run", ...side("slow")];
  const said = JSON.parse(spawnSync(resolve(root, program), args, { cwd: root, encoding: "utf8" }).stdout);
  const shown = await verdict(page).getByRole("heading", { level: 1 }).textContent();
  expect(said.word.replaceAll("_", " ")).toBe(shown?.toLowerCase());
});

test("on a phone it is a sheet: the verdict can be seen above it", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await compared(page);
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  const box = (await panel(page).boundingBox())!;
  expect(box.y).toBeGreaterThan(844 * 0.4);
  expect(box.y + box.height).toBeCloseTo(844, 0);
  const word = (await page.getByRole("heading", { level: 1 }).boundingBox())!;
  expect(word.y + word.height).toBeLessThan(box.y);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});
