// How sure a verdict is: on the band, in the table, in the explanation; limits moved live; repeats and earlier runs.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { type Given, drop, locust, many } from "./files";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const table = (page: Page) => page.getByRole("table", { name: "Endpoints" });
const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];

/** A run's summary under another name. */
const summary = (run: string, name: string): Given => ({ ...locust(run, ["stats"])[0], name: `${name}_stats.csv` });

// 240 → 390 ms of 600 requests a side, from the printed table: the whole interval lies beyond +5 %.
test("the verdict tells the interval and how sure it is", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText(/POST \/v1\/chat p50 rose from 240\sms to 390\sms, \+62\s% \([\d.]+ to [\d.]+\s%; limit 5\s% and 1\sms\)\./);
  await expect(verdict(page)).toContainText(/\d regressed/);
  await expect(verdict(page)).toContainText("Default limits. Fails on confirmed regressions only.");
  const how = /^Corrected for \d+ rules judged at once \(Holm\)\. Equal runs may differ by [\d.]+ to [\d.]+ %\.$/;
  await expect(verdict(page).getByTitle(how)).toBeVisible();
  const row = table(page).getByRole("row", { name: /POST\s+\/v1\/chat/ });
  // Without “probably” it is confirmed, and the details say so.
  await expect(row.locator(".cell-verdict")).toHaveAttribute("title", "Regressed: p50 +62 %");
  await expect(row.locator(".sure")).toHaveText("p50 +62 %");
  const p50 = page.getByRole("table", { name: "Metrics" }).getByRole("row", { name: /^p50/ });
  await expect(p50.locator(".reason")).toHaveText("beyond 5 % and 1 ms, confirmed");
  await expect(table(page).locator(".sure", { hasText: /needs/ }).first()).toBeVisible();
});

test("every row has its interval on one axis, and says it in words", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const drawn = table(page).locator("td.forest svg");
  await expect(drawn).toHaveCount(9);
  const row = table(page).getByRole("row", { name: /POST\s+\/v1\/chat/ });
  await expect(row.getByRole("img")).toHaveAccessibleName(/^p50 \+62\.5 %, 95 % interval \+.* to \+.* %; limit \+5 %; equal runs may differ by [\d.]+ %$/);
  // Zero stands at the same place in all of them.
  const zero = await drawn.evaluateAll((all) => all.map((svg) => svg.querySelector("line")?.getAttribute("x1")));
  expect(new Set(zero).size).toBe(1);
  await page.getByLabel("Interval against limit of").selectOption("error rate vs limit");
  await expect(row.getByRole("img")).toHaveAccessibleName(/^error rate .* pp; limit \+0\.5 pp$/);
  await page.locator("#tiles").getByRole("button", { name: "p95", exact: true }).click();
  await page.getByLabel("Interval against limit of").selectOption("p95 vs limit");
  await expect(row.getByRole("img")).toHaveAccessibleName(/^p95 \+53\.5 %, 95 % interval \+.* to \+.* %; limit \+10 %; equal runs may differ by [\d.]+ %$/);
});

test("the explanation says what would change the verdict, and draws the shift", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  const details = page.locator("#details");
  await expect(details).toContainText(/Confirmed after correction for \d+ rules: the interval, [\d.]+ to [\d.]+ %, lies beyond the limit/);
  await expect(details).toContainText(/Within a limit of \+[\d.]+ % or more\./);
  await expect(details.getByRole("img", { name: /^Change of response time of POST \/v1\/chat by percentile/ })).toBeVisible();
  await details.getByText("How this was decided").click();
  const p95 = details.locator(".how > div").filter({ has: page.getByText("p95", { exact: true }) });
  await expect(p95.getByText("Equal runs may differ by")).toBeVisible();
  await expect(p95.getByText("Corrected for many rules")).toBeVisible();
});

test("a moved limit judges again, and the file says what is set", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Limits" });
  const now = dialog.getByRole("status");
  await expect(now).toContainText("Regressed");
  // Within 99 % nothing that these runs hold is too large a change.
  for (const name of ["mean", "p50", "mean of all requests", "p50 of all requests", "p95", "p99", "throughput"]) {
    await dialog.getByLabel(`${name} limit`, { exact: true }).fill("99");
  }
  await dialog.getByLabel("error rate limit", { exact: true }).fill("50");
  await expect(now).not.toContainText("Regressed");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Download" }).click(),
  ]);
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(await file.path(), "utf8");
  const said = JSON.parse(text);
  expect(said.rule.find((r: { metric: string }) => r.metric === "p95_latency_ms").fail.all).toContain("+99%");
  expect(said.compare.gate).toBe("confirmed");
  // Dropped again, it judges the same.
  await page.keyboard.press("Escape");
  const before = await verdict(page).getByRole("heading").textContent();
  await drop(page, [{ name: "mine.json", content: text }]);
  await expect(verdict(page)).toContainText("Limits: mine.json. Fails on confirmed regressions only.");
  expect(await verdict(page).getByRole("heading").textContent()).toBe(before);
});

test("several executions on a side are repeats, or parts of one run", async ({ page }) => {
  await open(page);
  await drop(page, pair);
  await expect(verdict(page)).toContainText("Regressed");
  await drop(page, [summary("2.47.0/slow", "again")]);
  await page.getByRole("button", { name: "Add as a repeat of the run" }).click();
  const panel = page.getByRole("region", { name: "Executions" });
  await expect(panel.getByRole("listitem")).toHaveCount(2);
  await expect(panel.getByRole("button", { name: "Repeats of the same test" })).toHaveAttribute("aria-pressed", "true");
  await panel.getByRole("button", { name: "Parts of one run" }).click();
  await expect(panel.getByRole("button", { name: "Parts of one run" })).toHaveAttribute("aria-pressed", "true");
  await expect(table(page).getByRole("row").nth(1)).toContainText("6,802");
  await panel.getByRole("button", { name: /^Remove again_stats\.csv/ }).click();
  await expect(panel).toHaveCount(0);
  await expect(table(page).getByRole("row").nth(1)).toContainText("3,401");
});

test("five earlier runs tell how far equal runs differ", async ({ page }) => {
  await open(page);
  const earlier = [1, 2, 3, 4, 5].map((i) => summary("2.47.0/base", `night${i}`));
  await drop(page, [...pair, ...earlier]);
  for (let i = 1; i <= 5; i += 1) {
    await page.getByLabel(`What night${i} is`).selectOption("Earlier run (how far equal runs differ)");
  }
  await page.getByLabel("What base is").selectOption("Baseline");
  await page.getByLabel("What slow is").selectOption("Run");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(page.getByRole("region", { name: "Executions" })).toContainText("5 of them show how far equal runs differ");
  // Five equal runs differ by nothing.
  await expect(verdict(page).getByTitle("No noise between equal runs is added.")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`evidence is accessible in ${scheme}, and fits a phone`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page);
    await drop(page, pair);
    await expect(table(page).locator("td.forest svg").first()).toBeVisible();
    const full = await new AxeBuilder({ page }).analyze();
    expect(full.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([]);
    await page.getByRole("button", { name: "Limits", exact: true }).click();
    const dialog = await new AxeBuilder({ page }).analyze();
    expect(dialog.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(table(page).locator("td.forest svg").first()).toHaveAttribute("width", "320");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
}

test("what changed is drawn for the metric that the verdict names, and for a chosen one", async ({ page }) => {
  await open(page);
  const equal = String(many(5, "base_stats.csv", false).content);
  const failing = equal.replace("GET,/api/3,2000,0,", "GET,/api/3,2000,160,");
  await drop(page, [{ name: "base_stats.csv", content: equal }, { name: "run_stats.csv", content: failing }]);
  await expect(verdict(page)).toContainText(/GET \/api\/3 error rate rose from 0\s% to 8\s%/);
  const chosen = page.getByLabel("Metric of the chart");
  await expect(chosen).toHaveValue("error_rate_pct");
  const drawn = page.locator("#changes svg").first();
  await expect(drawn).toHaveAccessibleName(/^Error rate of 5 endpoints, from baseline to run\. Most severe: GET \/api\/3, from 0 % to 8 % \(\+8 pp, regressed\)\.$/);
  await chosen.focus();
  await chosen.selectOption("mean");
  await expect(drawn).toHaveAccessibleName(/^Mean response time of 5 endpoints, from baseline to run on a logarithmic axis/);
  await expect(chosen).toBeFocused();
  await page.reload();
  await expect(chosen).toHaveValue("mean_latency_ms");
});
