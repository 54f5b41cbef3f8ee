// Files of many tools, packed and not: what is in them is read, and what cannot be read says what it is.
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { commandLine, timeless } from "./commandline";
import { choose, download, drop, repository } from "./files";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const archive = (name: string) => repository(`tests/cases/archives/${name}`);
const pairs = "tests/fixtures/pairs";

test("an archive with two runs is compared, and what is left out is named", async ({ page, watched }) => {
  await open(page);
  await drop(page, [archive("runs.zip")]);
  await expect(verdict(page)).toContainText("Regressed");
  await expect(page.getByText("Read 2 of 4 files in the archive. Left out: README.txt, chart.png.").first()).toBeVisible();
  const json = JSON.parse((await download(page, "Download JSON")).text);
  expect(json.runs.baseline.requests).toBe(168);
  expect(json.runs.run.requests).toBe(168);
  expect(watched.console).toEqual([]);
});

test("every kind of archive gives what was packed", async ({ page }) => {
  await open(page);
  await choose(page, "Baseline files", [archive("base.tar.gz")]);
  await choose(page, "Run files", [archive("base.jtl.zst")]);
  await expect(verdict(page)).toContainText("Both sides are the same");
});

test("an archive without results and a damaged one are cards", async ({ page }) => {
  await open(page);
  await drop(page, [archive("none.zip"), archive("bomb.zip"), archive("locked.zip")]);
  const card = (name: string) => page.getByRole("alert").filter({ hasText: name });
  await expect(card("none.zip")).toContainText("None of the 2 files in the zip archive can be read.");
  await expect(card("bomb.zip")).toBeVisible();
  await expect(card("results.jtl")).toContainText(/password/i);
});

test("a file in UTF-16 and a table with semicolons are read", async ({ page }) => {
  await open(page);
  const rows = (slower: number) =>
    `Type;Name;Request Count;Failure Count;Median Response Time;Average Response Time;Min Response Time;Max Response Time\n` +
    `GET;/a;900;0;${20 + slower};${21 + slower},5;3,25;80,75\n;Aggregated;900;0;${20 + slower};${21 + slower},5;3,25;80,75\n`;
  await choose(page, "Baseline files", [{ name: "base_stats.csv", content: Buffer.from(`\ufeff${rows(0)}`, "utf16le") }]);
  await choose(page, "Run files", [{ name: "run_stats.csv", content: rows(0) }]);
  await expect(verdict(page)).toBeVisible();
  const json = JSON.parse((await download(page, "Download JSON")).text);
  expect(json.runs.baseline.requests).toBe(900);
});

test("an unknown file says what it looks like, a known one that cannot be used what to give", async ({ page }) => {
  await open(page);
  await drop(page, [
    { name: "export.csv", content: "timeStamp,time,label,success\n1700000000000,12,/a,true\n" },
    { name: "figures.json", content: '{"speed": {"fast": 1}, "size": 2}' },
    { name: "index.html", content: "<!DOCTYPE html>\n<html><head><title>Apache JMeter Dashboard</title></head></html>" },
  ]);
  const card = (name: string) => page.getByRole("alert").filter({ hasText: name });
  await expect(card("export.csv")).toContainText("elapsed");
  await expect(card("figures.json")).toContainText("It is JSON with the keys “speed”, “size”.");
  await expect(card("index.html")).toContainText("content/js/dashboard.js");
});

test("a baseline of one tool and a run of another are compared, and nothing is confirmed", async ({ page }) => {
  await open(page);
  await choose(page, "Baseline files", [repository(`${pairs}/locust-same-1/base.json`)]);
  await choose(page, "Run files", [repository(`${pairs}/k6-all-40/run.csv.gz`)]);
  await expect(verdict(page)).toContainText("Probably regressed");
  const known = page.getByRole("region", { name: "Before you read the verdict" });
  await known.getByText("The baseline was made with Locust, the run with k6.").click();
  await expect(known.getByText("a response time is at most probably regressed")).toBeVisible();
  const json = await download(page, "Download JSON");
  const args = ["compare", "--baseline", `${pairs}/locust-same-1/base.json`, "--run", `${pairs}/k6-all-40/run.csv.gz`];
  expect(timeless(json.text)).toBe(timeless(commandLine([...args, "--format", "json"])));
});

test("endpoints that differ only in ids become one row on a click", async ({ page }) => {
  const log = (slower: number) =>
    "timeStamp,elapsed,label,responseCode,success\n" +
    Array.from({ length: 3000 }, (_, i) => `${1.7e12 + i * 20},${40 + ((i * 7) % 23) + slower},/users/${i % 300},200,true\n`).join("");
  await open(page);
  await choose(page, "Baseline files", [{ name: "base.jtl", content: log(0) }]);
  await choose(page, "Run files", [{ name: "run.jtl", content: log(20) }]);
  await page.getByRole("button", { name: "Judge endpoints that differ only in ids as one" }).click();
  await expect(page.getByRole("row").filter({ hasText: "/users/*" })).toHaveCount(1);
  await expect(page.getByRole("row").filter({ hasText: "/users/17" })).toHaveCount(0);
});
