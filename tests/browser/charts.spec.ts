// Charts answer: to the pointer, to keys, and with files. What is drawn is tested natively (tests/chart.rs).
import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { type Given, choose } from "./files";
import { expect, open, test } from "./page";

/** A log of two minutes, 40 requests a second of two endpoints; the first `slowSeconds` take four times as long. */
function log(name: string, slowSeconds: number): Given {
  const lines = ["timeStamp,elapsed,label,responseCode,success,allThreads"];
  for (let i = 0; i < 4_800; i++) {
    const ms = (90 + ((i * 7) % 23)) * (i / 40 < slowSeconds ? 4 : 1);
    lines.push(`${1_700_000_000_000 + i * 25},${ms},/${"ab"[i % 2]},200,true,5`);
  }
  return { name, content: lines.join("\n") + "\n" };
}

async function compare(page: Page): Promise<void> {
  await open(page);
  await choose(page, "Baseline files", [log("base.jtl", 0)]);
  await choose(page, "Run files", [log("run.jtl", 40)]);
  await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
  // The details of an endpoint are opened from the chart of changes.
  if ((await page.locator("#warmup-at").count()) === 0) await page.locator("#changes a").first().click();
  await expect(page.locator("#warmup-at")).toBeVisible();
  await page.getByText(/^More charts/).click();
}

const chart = (page: Page, title: string): Locator => page.locator("figure").filter({ has: page.locator("figcaption", { hasText: title }) });
const drawing = (page: Page, title: string): Locator => chart(page, title).locator(".drawing");
const tip = (page: Page, title: string): Locator => drawing(page, title).locator(".tip");

/** A point of the drawing, by shares of its width and height. */
async function at(drawing: Locator, x: number, y = 0.5): Promise<[number, number]> {
  await drawing.scrollIntoViewIfNeeded();
  const box = (await drawing.boundingBox())!;
  return [box.x + box.width * x, box.y + box.height * y];
}

test("a crosshair reads both runs, on all charts of the axis", async ({ page, watched }) => {
  await compare(page);
  const percentiles = drawing(page, "Response time by percentile");
  await page.mouse.move(...(await at(percentiles, 0.5)));
  await expect(tip(page, "Response time by percentile")).toBeVisible();
  const read = await tip(page, "Response time by percentile").innerText();
  // It hides no line: it ends above the crosshair.
  const [box, line] = await Promise.all([tip(page, "Response time by percentile").boundingBox(), percentiles.locator(".cross-line").boundingBox()]);
  expect(box!.y + box!.height).toBeLessThanOrEqual(line!.y);
  expect(read).toMatch(/^p\d/);
  for (const word of ["Baseline", "Run", "Change", "Requests above"]) expect(read).toContain(word);
  // The same percentile, or the nearest there is, on the plot of changes; none on those over time.
  await expect(tip(page, "Change by percentile")).toContainText("Interval");
  await expect(tip(page, "Requests per second over time")).toHaveCount(0);
  await page.mouse.move(...(await at(drawing(page, "Requests per second over time"), 0.5)));
  const moment = await tip(page, "Requests per second over time").locator("strong").innerText();
  await expect(tip(page, "Mean response time over time").locator("strong")).toHaveText(moment);
  await expect(tip(page, "Response time by percentile")).toHaveCount(0);
  await page.mouse.move(2, 2);
  await expect(page.locator(".tip")).toHaveCount(0);
  expect(await watched.refused()).toEqual([]);
});

test("arrow keys move the crosshair and say what it reads; plus and minus zoom", async ({ page }) => {
  await compare(page);
  const time = drawing(page, "Mean response time over time");
  await time.focus();
  await page.keyboard.press("ArrowRight");
  const first = await tip(page, "Mean response time over time").innerText();
  await page.keyboard.press("ArrowRight");
  await expect(tip(page, "Mean response time over time")).not.toHaveText(first);
  await expect(page.locator("body > p[role=status]")).toContainText(/^\d+ s, Baseline .+, Run .+, Change /);
  expect(await time.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
  await page.keyboard.press("+");
  await expect(time.locator("svg.zoom")).toHaveCount(1);
  await page.keyboard.press("-");
  await expect(time.locator("svg.zoom")).toHaveCount(0);
  await page.keyboard.press("+");
  await page.keyboard.press("Escape");
  await expect(time.locator("svg.zoom")).toHaveCount(0);
  await expect(time).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.locator(".tip")).toHaveCount(0);
});

test("a drag zooms all charts of the axis, and texts keep their shape", async ({ page }) => {
  await compare(page);
  const time = drawing(page, "Requests per second over time");
  const [x, y] = await at(time, 0.4);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 4 });
  await expect(time.locator(".brush")).toBeVisible();
  await page.mouse.up();
  for (const title of ["Requests per second over time", "Mean response time over time"]) {
    const copy = drawing(page, title).locator("svg.zoom");
    await expect(copy).toBeVisible();
    // As wide as before, and no text is stretched or hangs over.
    const widths = await drawing(page, title).locator("svg").evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().width));
    expect(widths[0]).toBeCloseTo(widths[1], 1);
    expect(await copy.locator("[transform]").count()).toBe(0);
    const labels = await copy.locator("text").allTextContents();
    expect(new Set(labels).size).toBe(labels.length);
    const boxes = await copy.locator("text").evaluateAll((all) => all.map((text) => text.getBoundingClientRect()));
    const lie = (a: DOMRect, b: DOMRect) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => expect(lie(a, b)).toBe(false)));
  }
  // The warm-up stays in reach, and the way back covers nothing of the drawing.
  await expect(page.locator("#warmup-at")).toBeVisible();
  const back = chart(page, "Requests per second over time").getByRole("button", { name: "Reset zoom" });
  const bottom = (await time.boundingBox())!;
  expect((await back.boundingBox())!.y).toBeGreaterThanOrEqual(bottom.y + bottom.height - 1);
  // A percentile has another axis.
  await expect(drawing(page, "Response time by percentile").locator("svg.zoom")).toHaveCount(0);
  // A chart that the engine draws anew stays zoomed.
  await chart(page, "Mean response time over time").getByRole("button", { name: "p95", exact: true }).click();
  await expect(drawing(page, "p95 response time over time").locator("svg.zoom")).toBeVisible();
  await page.mouse.dblclick(...(await at(time, 0.4)));
  await expect(page.locator("svg.zoom")).toHaveCount(0);
});

test("every chart has its data, and is saved as SVG and PNG", async ({ page }) => {
  await compare(page);
  const figures = await page.locator("figure:visible").count();
  expect(figures).toBeGreaterThan(5);
  await expect(page.locator("figure:visible details.data table")).toHaveCount(figures);
  const figure = chart(page, "Response time by percentile");
  await figure.getByText("Data", { exact: true }).click();
  await expect(figure.getByRole("table")).toContainText("p95");
  const save = async (format: string) => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      figure.getByRole("button", { name: `${format}: Response time by percentile` }).click(),
    ]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const svg = await save("SVG");
  expect(svg.name).toBe("loaddiff-response-time-by-percentile.svg");
  const text = svg.bytes.toString("utf8");
  expect(text).toMatch(/^<svg /);
  expect(text).not.toContain("var(");
  expect(text).toContain("rgb(");
  const png = await save("PNG");
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  // Width and height in the header: twice those of the drawing.
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(text)!.map(Number);
  expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([width * 2, height * 2]);
});

test("a row of the chart of changes opens its endpoint, by keyboard too", async ({ page }) => {
  await compare(page);
  for (const name of ["/b", "/a"]) {
    const row = page.locator("#changes").getByRole("link", { name: `Details of ${name}` });
    await row.focus();
    await expect(page.locator("#changes .tip strong")).toHaveText(name);
    await page.keyboard.press("Enter");
    await expect(page.locator("#details-title")).toContainText(name);
    // The focus goes with what was opened.
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("#changes") ?? null)).toBeNull();
  }
});

test("the warm-up is dragged, and the verdict follows", async ({ page }) => {
  await compare(page);
  const title = page.locator("#verdict h1");
  const slow = await title.innerText();
  const slider = page.getByRole("slider", { name: /^Leave out as warm-up/ });
  await slider.scrollIntoViewIfNeeded();
  const box = (await slider.boundingBox())!;
  await page.mouse.move(box.x + 8, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 6 });
  // The engine draws what is left out.
  await expect(slider).not.toHaveValue("0");
  await page.mouse.move(box.x + box.width, box.y + box.height / 2, { steps: 6 });
  // While the button is still down.
  await expect(title).not.toHaveText(slow);
  await page.mouse.up();
  await expect(title).not.toHaveText(slow);
  // By keyboard, back to the start.
  await slider.focus();
  await page.keyboard.press("Home");
  await expect(title).toHaveText(slow);
  await expect(slider).toHaveAttribute("aria-valuetext", "0 s");
  await expect(slider).toBeFocused();
});

test("a finger reads a chart, two fingers zoom it", async ({ page }) => {
  await compare(page);
  const time = drawing(page, "Requests per second over time");
  const touch = await page.context().newCDPSession(page);
  const fingers = async (type: string, ...places: [number, number][]) => {
    await touch.send("Input.dispatchTouchEvent", { type, touchPoints: places.map(([x, y], id) => ({ x, y, id })) } as never);
  };
  const tap = async (place: [number, number]) => {
    // Two taps within 300 ms are a double tap, which ends the zoom.
    await page.waitForTimeout(700);
    await fingers("touchStart", place);
    await fingers("touchEnd");
  };
  const [left, middle, right] = await Promise.all([0.45, 0.5, 0.55].map((share) => at(time, share)));
  await tap(middle);
  const read = () => tip(page, "Requests per second over time").locator("strong").innerText();
  const before = await read();
  for (const [from, to] of [[0.45, 0.3], [0.45, 0.3]]) {
    const [x, y] = await Promise.all([at(time, from), at(time, 1 - from)]);
    const [p, q] = await Promise.all([at(time, to), at(time, 1 - to)]);
    await fingers("touchStart", x);
    await fingers("touchStart", x, y);
    await fingers("touchMove", p, q);
    await fingers("touchEnd");
    await expect(time.locator("svg.zoom")).toBeVisible();
  }
  // Twice (0.3 to 0.7) for each 0.45 to 0.55: what was in the middle is there still, and what was beside it is out of sight.
  await tap(middle);
  expect(await read()).toBe(before);
  const seconds = (text: string) => 60 * Number(/\d+(?= min)/.exec(text)?.[0] ?? 0) + Number(/\d+(?= s)/.exec(text)?.[0] ?? 0);
  await tap(left);
  const near = seconds(await read());
  await tap(right);
  expect(Math.abs(seconds(await read()) - near)).toBeLessThan(5);
  // A finger beside the charts closes what was read.
  await tap([4, 300]);
  await expect(page.locator(".tip")).toHaveCount(0);
  await chart(page, "Requests per second over time").getByRole("button", { name: "Reset zoom" }).click();
  await expect(page.locator("svg.zoom")).toHaveCount(0);
});
