// The HTML report, from a disk and with the network off.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@playwright/test";

const root = resolve(__dirname, "../..");
const names = ["stats", "stats_history", "failures"];
const side = (folder: string, name: string) => names.map((kind) => join(root, folder, `${name}_${kind}.csv`));

let files: { sample: string; hard: string };

// Made by the command line, which `cargo xtask test browser` builds and names. A regression is exit code 1, no verdict 3.
test.beforeAll(async ({}, info) => {
  info.setTimeout(600_000);
  const make = (name: string, code: number, baseline: string[], run: string[]) => {
    const path = info.outputPath(name);
    const program = process.env.LOADDIFF_CLI;
    if (program === undefined) throw new Error("LOADDIFF_CLI must name the command line");
    const args = ["report", "--format", "html", "--output", path, "--baseline", ...baseline, "--run", ...run];
    expect(spawnSync(program, args, { cwd: root, stdio: "inherit" }).status).toBe(code);
    return path;
  };
  const locust = "tests/fixtures/locust/2.47.0";
  files = {
    sample: make("sample.html", 1, side("samples", "baseline"), side("samples", "run")),
    hard: make("hard.html", 3, side(locust, "base"), side(locust, "full")),
  };
});

test.use({ offline: true });

for (const [name, width] of [
  ["sample", 1280],
  ["sample", 390],
  ["hard", 1280],
  ["hard", 390],
] as const) {
  test(`${name} at ${width} px opens from a disk, asks for nothing, and shows its charts`, async ({ page }) => {
    const said: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    page.on("dialog", (dialog) => said.push(dialog.message()));
    page.on("request", (request) => asked.push(request.url()));
    await page.setViewportSize({ width, height: 844 });
    const address = pathToFileURL(files[name]).href;
    await page.goto(address);
    const word = name === "hard" ? "Not comparable" : "Regressed";
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(word);
    // A phone's chart links to no details: it is one image.
    const chart = page.getByRole(width < 640 ? "img" : "group", { name: name === "hard" ? /^Error rate of/ : /^p50 response time of/ });
    await expect(chart).toBeVisible();
    const box = await chart.boundingBox();
    expect(box?.width).toBeGreaterThan(width * 0.8);
    await expect(page.getByRole("img", { name: /by percentile/ }).first()).toBeVisible();
    // Nothing sticks out of the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(said).toEqual([]);
    expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([address]);
  });
}

test("a link of the table opens the endpoint's details, without a script", async ({ page }) => {
  await page.goto(pathToFileURL(files.sample).href);
  const link = page.getByRole("table", { name: /^Every endpoint/ }).getByRole("link", { name: "GET /search" });
  const target = page.locator((await link.getAttribute("href")) ?? "");
  await expect(target).toBeHidden();
  await link.click();
  await expect(target).toBeVisible();
});

test("dark and light differ, and paper is light", async ({ page }) => {
  const colours = () =>
    page.evaluate(() => {
      const dot = document.querySelector(".wide-only circle[fill*='--chart-run']");
      const page = getComputedStyle(document.body);
      return [page.backgroundColor, page.color, dot === null ? "" : getComputedStyle(dot).fill];
    });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(pathToFileURL(files.sample).href);
  const light = await colours();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await colours();
  for (const [i, colour] of light.entries()) {
    expect(colour).not.toBe("");
    expect(dark[i]).not.toBe(colour);
  }
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  const paper = await colours();
  expect(paper[0]).toBe("rgb(255, 255, 255)");
  expect(paper.slice(1)).toEqual(light.slice(1));
});

// A4 and Letter with Chromium's margins. What is wider makes a browser shrink the text of every page.
for (const [name, width] of [
  ["sample", 718],
  ["hard", 718],
  ["sample", 740],
] as const) {
  test(`on paper of ${width} px nothing of ${name} is wider than the page`, async ({ page }) => {
    await page.setViewportSize({ width, height: 1000 });
    await page.emulateMedia({ media: "print" });
    await page.goto(pathToFileURL(files[name]).href);
    const wide = await page.evaluate(() => {
      const tables = [...document.querySelectorAll("table, figure")].filter((t) => t.getClientRects().length > 0);
      return tables
        .filter((t) => t.getBoundingClientRect().right > document.documentElement.clientWidth)
        .map((t) => `${t.className}: ${t.textContent?.slice(0, 60)}`);
    });
    expect(wide).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}

test("on paper there are the details of what regressed for sure, and no others", async ({ page }) => {
  await page.goto(pathToFileURL(files.sample).href);
  await page.emulateMedia({ media: "print" });
  const confirmed = page.locator("details.subject.confirmed");
  expect(await confirmed.count()).toBeGreaterThan(0);
  for (const one of await confirmed.all()) expect((await one.locator("> .inside").boundingBox())?.height).toBeGreaterThan(100);
  await expect(page.locator("details.subject:not(.confirmed)").first()).toBeHidden();
});

test("nothing in it could run, and the hash is of what it holds", async ({ page }) => {
  const html = readFileSync(files.hard, "utf8");
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta http-equiv="Content-Security-Policy"/);
  await page.goto(pathToFileURL(files.hard).href);
  const found = await page.evaluate(async () => {
    const script = document.querySelector("#loaddiff-summaries");
    const text = script?.textContent ?? "";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const attributes = [...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames());
    return {
      hash,
      stated: script?.getAttribute("data-sha256"),
      schema: JSON.parse(text).schema,
      handlers: attributes.filter((name) => /^on|^style$/.test(name)),
      scripts: document.querySelectorAll("script:not([type='application/json'])").length,
      images: document.querySelectorAll("img, iframe, object, embed, form").length,
    };
  });
  expect(found).toMatchObject({ stated: found.hash, schema: 1, handlers: [], scripts: 0, images: 0 });
});
