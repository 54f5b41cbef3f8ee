// What others wrote takes a bounded time: patterns, links and reports; and a long comparison can be ended.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { commandLine } from "./commandline";
import { choose, drop, repository, type Given } from "./files";
import { expect, open, test } from "./page";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const comparing = (page: Page) => page.getByRole("region", { name: "Comparing" });
const robust = (path: string, name?: string) => repository(`tests/cases/robust/${path}`, name);

/** A log with so many endpoints, a few samples each. */
function wide(name: string, endpoints: number, slower: number): Given {
  const rows = ["timeStamp,elapsed,label,responseCode,success"];
  for (let i = 0; i < endpoints * 4; i++) rows.push(`${1_700_000_000_000 + i},${Math.round((20 + (i % 17)) * slower)},/things/${i % endpoints},200,true`);
  return { name, content: `${rows.join("\n")}\n` };
}

for (const [summary, thresholds] of [
  ["link-freezes-page/e1.csv", "glob-slow/r100.toml"],
  ["link-freezes-page/e.csv", "link-freezes-page/q100.toml"],
]) {
  test(`a link with long patterns opens at once: ${thresholds}`, async ({ page }) => {
    const folder = mkdtempSync(join(tmpdir(), "loaddiff-"));
    try {
      const base = join(folder, "base_stats.csv");
      const run = join(folder, "run_stats.csv");
      const text = String(robust(summary).content);
      writeFileSync(base, text);
      writeFileSync(run, text.replace(/,100,0,/g, ",101,0,"));
      const policy = join(folder, "t.toml");
      writeFileSync(policy, robust(thresholds).content);
      const link = commandLine(["link", "--policy", policy, "--baseline", base, "--run", run]).trim();
      expect(link.length).toBeLessThan(1500);
      await open(page);
      await page.evaluate((hash) => (location.hash = hash), link);
      // It was not there after a minute.
      await expect(verdict(page)).toBeVisible({ timeout: 10_000 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("thresholds that would take too long are refused with figures, and the runs stay", async ({ page }) => {
  await open(page);
  const summary = (name: string) => robust("glob-slow/e.csv", name);
  await choose(page, "Baseline files", [summary("base_stats.csv")]);
  await choose(page, "Run files", [summary("run_stats.csv")]);
  await expect(verdict(page)).toBeVisible();
  const patterns = Array.from({ length: 100 }, (_, i) => `'re:c|(.*a){20}b${i}'`).join(", ");
  const content = `profile = "default"\n[[match]]\nservice = "s"\nname = [${patterns}]\n`;
  await drop(page, [{ name: "endless.toml", content }]);
  const card = page.getByRole("alert");
  await expect(card).toContainText("The thresholds take too long to match");
  await expect(card).toContainText("endless.toml");
  await expect(card).toContainText("20 endpoint names of 80 kB would take more than 2,000,000,000 steps");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("These runs are not compared.");
  await card.getByRole("button", { name: "Use the default thresholds" }).click();
  await expect(verdict(page)).toBeVisible();
  await expect(card).toHaveCount(0);
});

/** Cancels the next comparison as soon as the page shows it: how long one takes is the machine's. */
const cancelNext = (page: Page) =>
  page.evaluate(() => {
    Object.assign(window, { compared: "" });
    new MutationObserver((_, observer) => {
      const button = document.querySelector<HTMLButtonElement>("[aria-label=Comparing] button");
      if (button === null) return;
      observer.disconnect();
      Object.assign(window, { compared: button.closest("section")?.textContent });
      button.click();
    }).observe(document.body, { childList: true, subtree: true });
  });

test("a long comparison says what is compared, and can be cancelled and begun again", async ({ page }) => {
  test.setTimeout(120_000);
  const heading = page.getByRole("heading", { level: 1 });
  await open(page);
  await choose(page, "Baseline files", [wide("base.jtl", 30_000, 1)]);
  await expect(heading).toHaveText("Now drop a run to compare.", { timeout: 60_000 });
  await cancelNext(page);
  await choose(page, "Run files", [wide("run.jtl", 30_000, 1.5)]);
  const compared = () => page.evaluate(() => (window as unknown as { compared: string }).compared);
  await expect.poll(compared, { timeout: 60_000 }).toContain("Comparing 10,001 endpoints");
  await expect(heading).toHaveText("The comparison was cancelled.", { timeout: 60_000 });
  await expect(comparing(page)).toHaveCount(0);
  await expect(verdict(page)).toHaveCount(0);
  await cancelNext(page);
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect.poll(compared, { timeout: 60_000 }).not.toBe("");
  await expect(heading).toHaveText("The comparison was cancelled.", { timeout: 60_000 });
  // Other files are compared without a question.
  await choose(page, "Run files", [wide("small.jtl", 3, 1.5)]);
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
});
