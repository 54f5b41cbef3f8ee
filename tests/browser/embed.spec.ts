// The report inside another page: what is left away, and who may send runs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import type { FrameLocator, Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { choose, locust } from "./files";

const PORT = process.env.PORT ?? "4173";
const FOREIGN = `http://127.0.0.1:${process.env.FOREIGN_PORT ?? 4174}`;
const EMBEDDED = `http://127.0.0.1:${PORT}/loaddiff/?embed=1`;

const answer = (page: Page) => page.locator("#answer");
const prompt = (report: FrameLocator) => report.getByRole("alertdialog", { name: `${FOREIGN} sends two runs to compare` });
const verdict = (report: FrameLocator | Page) => report.getByRole("status", { name: "Verdict" });

/** Opens the example of docs/embed.md around the page, from another origin. */
async function around(page: Page, address = EMBEDDED): Promise<FrameLocator> {
  await page.goto(`${FOREIGN}/around/?page=${encodeURIComponent(address)}`);
  await expect(answer(page)).toHaveText(/^loaddiff \d+\.\d+\.\d+ is ready\.$/);
  return page.frameLocator("#report");
}

/** Presses the example's button, with these runs chosen. */
async function compare(page: Page, baseline = locust("2.47.0/base"), run = locust("2.47.0/slow")): Promise<void> {
  await choose(page, "Baseline", baseline);
  await choose(page, "Run", run);
  await page.getByRole("button", { name: "Compare" }).click();
}

/** Posts something from the page around. */
const post = (page: Page, message: unknown) =>
  page.evaluate((message) => {
    (document.getElementById("report") as HTMLIFrameElement).contentWindow?.postMessage(message, "*");
  }, message);

test("the page around sends two runs, is asked about, allowed, and told the verdict", async ({ page }) => {
  const report = await around(page);
  await compare(page);
  await expect(prompt(report)).toBeVisible();
  await expect(verdict(report)).toHaveCount(0);
  await prompt(report).getByRole("button", { name: "Allow" }).click();
  await expect(verdict(report)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  await expect(answer(page)).toHaveText("REGRESSED, gate: fail");
  // Asked once a session: not for the next runs, nor after the page is loaded again.
  await compare(page, locust("2.47.0/slow"), locust("2.47.0/slow").map((f) => ({ ...f, name: `other_${f.name}` })));
  await expect(answer(page)).toHaveText(/^NOT COMPARABLE, gate: /);
  await around(page);
  await compare(page);
  await expect(answer(page)).toHaveText("REGRESSED, gate: fail");
});

test("refused, the page around learns that and nothing else", async ({ page }) => {
  const report = await around(page);
  await compare(page);
  await prompt(report).getByRole("button", { name: "Refuse" }).click();
  await expect(answer(page)).toHaveText("Not compared. The person at the page refused.");
  await expect(prompt(report)).toHaveCount(0);
  await expect(verdict(report)).toHaveCount(0);
  await compare(page);
  await expect(answer(page)).toHaveText("Not compared. The person at the page refused.");
  await expect(prompt(report)).toHaveCount(0);
});

test("what remains is the report: no bar, no slots, no foot", async ({ page }) => {
  const report = await around(page);
  await expect(report.getByText("No report yet.")).toBeVisible();
  await expect(report.getByRole("button")).toHaveCount(0);
  await compare(page);
  await prompt(report).getByRole("button", { name: "Allow" }).click();
  await expect(verdict(report)).toBeVisible();
  await expect(report.getByRole("table", { name: "Endpoints" })).toBeVisible();
  await expect(report.locator("#details")).toBeVisible();
  await expect(report.locator("main svg").first()).toBeVisible();
  for (const role of ["banner", "contentinfo"] as const) await expect(report.getByRole(role)).toHaveCount(0);
  await expect(report.getByRole("button", { name: /Download|Add files|Swap/ })).toHaveCount(0);
});

test("texts and thresholds in a message", async ({ page }) => {
  const report = await around(page);
  const files = (run: string) => locust(run).map(({ name, content }) => ({ name, text: content.toString() }));
  const policy = { name: "limits.toml", text: '[[rule]]\nmetric = "p95_latency_ms"\nbetter = "lower"\nfail = { any = ["+1000%"] }\n' };
  await post(page, { type: "loaddiff:compare", baseline: files("2.47.0/base"), run: files("2.47.0/slow"), policy });
  await prompt(report).getByRole("button", { name: "Allow" }).click();
  await expect(verdict(report)).toContainText("limits.toml");
  await expect(answer(page)).toHaveText("CAN'T TELL, gate: no_verdict");
});

for (const [what, message, says] of [
  ["no run", { baseline: [{ name: "a", text: "" }] }, "run: a list of files is missing"],
  ["no list", { baseline: "a", run: [] }, "baseline: a list of files is missing"],
  ["no content", { baseline: [{ name: "a" }], run: [] }, "baseline[0]: neither text (a string) nor bytes"],
  ["no name", { baseline: [{ text: "x" }], run: [] }, "baseline[0]: a name is missing"],
  ["a long name", { baseline: [{ name: "n".repeat(501), text: "x" }], run: [] }, "more than 500 characters"],
  ["many files", { baseline: Array(41).fill({ name: "a", text: "x" }), run: [] }, "up to 40 files are taken"],
  ["no results", { baseline: [{ name: "a.txt", text: "x" }], run: [{ name: "b", text: "y" }] }, "Format not recognised"],
] as const) {
  test(`a message with ${what}`, async ({ page }) => {
    const report = await around(page);
    await post(page, { type: "loaddiff:compare", ...message });
    await prompt(report).getByRole("button", { name: "Allow" }).click();
    await expect(answer(page)).toContainText(says);
    await expect(verdict(report)).toHaveCount(0);
  });
}

test("too much is refused by its size", async ({ page }) => {
  const report = await around(page);
  await page.evaluate(() => {
    const list = [{ name: "a.csv", bytes: new Uint8Array(60_000_000) }];
    const message = { type: "loaddiff:compare", baseline: list, run: list };
    (document.getElementById("report") as HTMLIFrameElement).contentWindow?.postMessage(message, "*");
  });
  await prompt(report).getByRole("button", { name: "Allow" }).click();
  await expect(answer(page)).toContainText("the files hold more than 100 MB together");
});

test("messages from others, and of other kinds, are ignored", async ({ page }) => {
  const report = await around(page);
  for (const message of [null, 1, "loaddiff:compare", {}, { type: "other" }]) await post(page, message);
  // Another frame of the same page is not the page around.
  await page.evaluate(() => {
    const other = document.createElement("iframe");
    document.body.append(other);
    const script = other.contentDocument!.createElement("script");
    script.textContent = 'parent.frames[0].postMessage({ type: "loaddiff:compare", baseline: [], run: [] }, "*")';
    other.contentDocument!.body.append(script);
  });
  await page.waitForTimeout(300);
  await expect(report.getByRole("alertdialog")).toHaveCount(0);
  await expect(answer(page)).toContainText("is ready");
  await expect(report.getByText("No report yet.")).toBeVisible();
});

test("a page from a file has no origin, and nothing is taken from it", async ({ page }, testInfo) => {
  const example = readFileSync(join(__dirname, "../../docs/embed-example.html"), "utf8");
  const file = testInfo.outputPath("around.html");
  writeFileSync(file, example.replace("https://example.org/loaddiff/?embed=1", EMBEDDED));
  await page.goto(pathToFileURL(file).href);
  await expect(answer(page)).toContainText("is ready");
  await compare(page);
  const report = page.frameLocator("#report");
  await expect(report.getByRole("alert")).toContainText("it has no origin to ask you about");
  await expect(report.getByRole("alertdialog")).toHaveCount(0);
});

test("without ?embed=1 no message is taken", async ({ page }) => {
  await page.goto(`${FOREIGN}/around/?page=${encodeURIComponent(EMBEDDED.replace("?embed=1", ""))}`);
  const report = page.frameLocator("#report");
  await expect(report.getByRole("button", { name: "Try sample data" })).toBeVisible();
  await post(page, { type: "loaddiff:compare", baseline: [], run: [] });
  await page.waitForTimeout(300);
  await expect(report.getByRole("alertdialog")).toHaveCount(0);
  await expect(answer(page)).toHaveText("Waiting for the report’s page.");
});

test("a link to files works inside another page", async ({ page }) => {
  const file = (name: string) => `${FOREIGN}/files/${name}_stats.csv`;
  const report = await around(page, `http://127.0.0.1:${PORT}/with-hosts/?embed=1#base=${file("base")}&run=${file("slow")}`);
  await report.getByRole("button", { name: /^Fetch/ }).click();
  await expect(verdict(report)).toContainText("POST /v1/chat");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await open(page, "./?embed=1");
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  });

  test(`axe finds nothing in the ${colorScheme} theme where the page around is asked about`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const report = await around(page);
    await compare(page);
    await expect(prompt(report)).toBeVisible();
    const found = await new AxeBuilder({ page }).include(["#report", "main"]).analyze();
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  });
}
