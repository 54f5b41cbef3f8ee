// One answer everywhere: the page's downloads are the command line's, byte for byte.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { commandLine, root, timeless } from "./commandline";
import { choose, download, drop, locust, repository } from "./files";

const side = (name: string) => ["exceptions", "failures", "stats", "stats_history"].map((kind) => `tests/fixtures/locust/2.47.0/${name}_${kind}.csv`);

async function chooseProfile(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Edit limits", exact: true }).click();
  await page.getByLabel("Profile").selectOption(name);
  await page.keyboard.press("Escape");
}

test("the JSON and the Markdown of two Locust runs", async ({ page }) => {
  await open(page);
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  const args = ["compare", "--baseline", ...side("base"), "--run", ...side("slow")];
  const json = await download(page, "Download JSON");
  expect(timeless(json.text)).toBe(timeless(commandLine([...args, "--format", "json"])));
  const markdown = await download(page, "Download Markdown");
  expect(markdown.text).toBe(commandLine(args));
});

test("hard names, full history and Locust's JSON against its CSV", async ({ page }) => {
  await open(page);
  const folder = "tests/fixtures/locust/2.47.0";
  await choose(page, "Baseline files", [repository(`${folder}/full_stats.csv`), repository(`${folder}/full_stats_history.csv`)]);
  await choose(page, "Run files", [repository(`${folder}/full.json`)]);
  const json = await download(page, "Download JSON");
  const args = ["compare", "--format", "json", "--baseline", `${folder}/full_stats.csv`, `${folder}/full_stats_history.csv`, "--run", `${folder}/full.json`];
  expect(timeless(json.text)).toBe(timeless(commandLine(args)));
});

for (const [number, results] of [[1, "load-results.csv"], [1, "load-results.json"], [2, "load-results.json"]] as const) {
  test(`the scripts' golden report ${number} from ${results}`, async ({ page }) => {
    const folder = `tests/fixtures/scripts/report-${number}`;
    const golden = readFileSync(join(root, folder, "regression-analysis.md"), "utf8");
    await open(page);
    await choose(page, "Baseline files", [repository(`${folder}/performance-baselines.json`)]);
    await choose(page, "Run files", [repository(`${folder}/${results}`)]);
    await chooseProfile(page, "seed-v1");
    const markdown = await download(page, "Download Markdown");
    expect(markdown.text.slice(0, golden.length)).toBe(golden);
    const args = ["compare", "--profile", "seed-v1", "--format", "json", "--baseline", `${folder}/performance-baselines.json`, "--run", `${folder}/${results}`];
    const json = await download(page, "Download JSON");
    expect(timeless(json.text)).toBe(timeless(commandLine(args)));
    expect(JSON.parse(json.text).gate).toBe("fail");
  });
}
