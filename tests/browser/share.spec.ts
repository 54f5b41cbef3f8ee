// A report that travels: by a link, as a file that is opened again, as an issue.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Locator, Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { download, drop, locust, repository, type Given } from "./files";

const root = resolve(__dirname, "../..");
const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];
const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const dialog = (page: Page) => page.getByRole("dialog", { name: "Share" });
const check = (page: Page) => page.getByRole("status", { name: "Check of the report" });
const damaged = (page: Page) => page.getByRole("alert").filter({ hasText: "this link is damaged" }).or(page.getByRole("alert").filter({ hasText: "This link is damaged" }));

/** What the command line prints. */
function commandLine(args: string[]): string {
  const program = process.env.LOADDIFF_CLI;
  if (program === undefined) throw new Error("LOADDIFF_CLI must name the command line; `cargo xtask test browser` sets it");
  try {
    return execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    if (status !== 1 && status !== 3) throw error;
    return stdout;
  }
}

const side = (name: string) => ["exceptions", "failures", "stats", "stats_history"].map((kind) => `tests/fixtures/locust/2.47.0/${name}_${kind}.csv`);
const sides = ["--baseline", ...side("base"), "--run", ...side("slow")];

/** Opens the page with the two runs. */
async function compared(page: Page, files = pair): Promise<void> {
  await open(page);
  await drop(page, files);
  await expect(verdict(page)).toBeVisible();
}

/** A chart as markup, without what the page's program puts around it. */
const drawing = (place: Locator) => place.locator("svg").evaluate((svg) => svg.outerHTML);

/** What a reader of the report sees, as text and drawings. */
async function seen(page: Page) {
  await expect(verdict(page)).toBeVisible();
  return {
    word: await verdict(page).getByRole("heading").innerText(),
    // A report out of a link has notes of its own: that its figures are rounded.
    sentences: (await verdict(page).locator(".verdict-say > p").allInnerTexts()).map((text) => text.replace(/\d+ notes/, "notes")),
    counters: await verdict(page).locator(".chips").innerText(),
    tiles: await page.getByRole("region", { name: "All requests together" }).innerText(),
    table: await page.getByRole("table", { name: "Endpoints" }).innerText(),
    details: await page.locator("#details").getByRole("heading", { level: 3 }).innerText(),
    plot: await drawing(page.locator("#details .drawing").first()),
    chart: await drawing(page.locator(".changed .drawing")),
  };
}

/** Presses a copy button of the dialog, and reads the clipboard. */
async function copied(page: Page, button: string): Promise<string> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  if (!(await dialog(page).isVisible())) {
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await expect(page.getByRole("button", { name: "Copy link", exact: true })).toBeFocused();
  }
  await page.getByRole("button", { name: button, exact: true }).click();
  await expect(dialog(page).getByRole("status")).toContainText("copied");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Opens an address where nothing is stored and no file was ever seen. */
async function elsewhere<T>(browser: Browser, address: string, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    await open(page, address);
    return await look(page);
  } finally {
    await context.close();
  }
}

/** A summary with this many endpoints, every seventh slower if asked for. */
function many(count: number, name: string, slower: boolean): Given {
  const header = String(locust("2.47.0/base", ["stats"])[0].content).split(/\r?\n/)[0];
  const rows = Array.from({ length: count }, (_, i) => {
    const factor = slower && i % 7 === 0 ? 3 : 1;
    const base = 100 + ((i * 37) % 50) * 10;
    const [mean, min, max, ...percentiles] = [104, 80, 150, 100, 106, 110, 114, 120, 124, 130, 134, 140, 144, 150].map((pct) => Math.round((base * pct) / 100) * factor);
    return `GET,/api/v2/resource-${(i * 7919) % 1000}/items-${i},${1000 + ((i * 613) % 997)},0,${percentiles[0]},${mean},${min},${max},10,10,0,${percentiles.join(",")}`;
  });
  return { name, content: [header, ...rows].join("\n") };
}

test("a copied link shows the same report in another browser, without files, and again after a reload", async ({ page, browser, watched }) => {
  await compared(page);
  const here = await seen(page);
  const before = watched.requests.length;
  const link = await copied(page, "Copy link");
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/loaddiff\/#r1\.[A-Za-z0-9_-]+\.\d+\.[A-Za-z0-9]{7}$/);
  expect(link.length).toBeLessThan(2000);
  expect(watched.requests.slice(before)).toEqual([]);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
  await elsewhere(browser, link, async (other) => {
    expect(await seen(other)).toEqual(here);
    await expect(other.getByRole("banner")).toContainText("Opened from a link");
    await expect(other.getByText("9 rows = 8 endpoints + 1 total").first()).toBeVisible();
    await expect(other.locator("#facts")).toContainText("The figures came in a link.");
    // Behind the link the address names the endpoint whose details are open.
    const opened = await other.locator("#endpoint-rows > tr[aria-selected=true]").getAttribute("id");
    const address = `${link}&e=${opened?.replace("row-", "")}`;
    expect(address).toMatch(/&e=[0-9a-f]{16}$/);
    await expect.poll(() => other.url()).toBe(address);
    // A place in the page does not take the link's place in the address.
    await other.getByRole("link", { name: /notes on how the numbers were read/ }).click();
    await expect(other.locator("#facts")).toBeInViewport();
    expect(other.url()).toBe(address);
    await other.reload();
    expect(await seen(other)).toEqual(here);
    // Shared again, it is the same link.
    expect(await copied(other, "Copy link")).toBe(link);
  });
});

test("a pasted address opens a link in a page that shows another report, and other files take it out of the address", async ({ page }) => {
  await compared(page);
  const link = await copied(page, "Copy link");
  await page.keyboard.press("Escape");
  await drop(page, [many(3, "base_stats.csv", false), many(3, "run_stats.csv", true)]);
  await expect(page.getByRole("table", { name: "Endpoints" })).toContainText("/api/v2/");
  await page.evaluate((link) => location.assign(link), link);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  await drop(page, [many(3, "base_stats.csv", false), many(3, "run_stats.csv", true)]);
  await expect(page.getByRole("table", { name: "Endpoints" })).toContainText("/api/v2/");
  await expect(page.getByRole("banner")).not.toContainText("Opened from a link");
  await expect.poll(() => new URL(page.url()).hash).toMatch(/^#c=[0-9a-f]{16}&e=[0-9a-f]{16}$/);
  await page.reload();
  await expect(page.getByRole("table", { name: "Endpoints" })).toContainText("/api/v2/");
});

test("thresholds travel with the link, and go with it", async ({ page, browser }) => {
  await compared(page);
  await drop(page, [{ name: "mine.toml", content: 'schema = 1\n[[rule]]\nmetric = "p95_latency_ms"\nfail = { any = ["+900%"] }\n' }]);
  await expect(verdict(page)).toContainText("mine.toml");
  // What is shown stays while thresholds change; a link opens at the same percentile and details.
  await page.getByRole("group", { name: "Percentile" }).first().getByRole("button", { name: "p95" }).click();
  const here = await seen(page);
  expect(here.details).toContain("POST /v1/chat");
  const link = await copied(page, "Copy link");
  await elsewhere(browser, link, async (other) => {
    await expect(other.locator("#details")).toBeVisible();
    expect(await seen(other)).toEqual(here);
    await expect(verdict(other)).toContainText("mine.toml");
    await drop(other, pair);
    await expect(verdict(other)).toContainText("POST /v1/chat p50 rose");
    await expect(verdict(other)).not.toContainText("mine.toml");
  });
});

for (const [what, harm] of [
  ["one character changed", (link: string) => link.slice(0, 300) + (link[300] === "A" ? "B" : "A") + link.slice(301)],
  ["cut in the middle", (link: string) => link.slice(0, link.length / 2)],
  ["its end cut", (link: string) => link.slice(0, -1)],
  ["cut behind the first point", (link: string) => link.slice(0, link.indexOf("#r1.") + 4)],
] as const) {
  test(`a damaged link (${what}) is named as that, and nothing of it is shown`, async ({ page, browser }) => {
    await compared(page);
    const link = await copied(page, "Copy link");
    const whole = link.length - link.indexOf("#");
    const broken = harm(link);
    await elsewhere(browser, broken, async (other) => {
      await expect(damaged(other)).toBeVisible();
      if (broken.length > link.indexOf("#") + 20) {
        const digits = (n: number) => n.toLocaleString("en-US");
        await expect(damaged(other)).toContainText(`${digits(broken.length - link.indexOf("#"))} of ${digits(whole)} characters`);
      }
      await expect(verdict(other)).toHaveCount(0);
      await expect(other.getByRole("button", { name: "Share", exact: true })).toHaveCount(0);
      await expect(other.getByRole("button", { name: "Try sample data" })).toBeVisible();
      // Files put an end to it.
      await drop(other, pair);
      await expect(verdict(other)).toBeVisible();
      await expect(damaged(other)).toHaveCount(0);
      await expect.poll(() => new URL(other.url()).hash).toMatch(/^#c=[0-9a-f]{16}&e=[0-9a-f]{16}$/);
    });
  });
}

test("a damaged link in the address bar takes away the report that was shown", async ({ page }) => {
  await compared(page);
  const link = await copied(page, "Copy link");
  await page.keyboard.press("Escape");
  await page.evaluate((link) => location.assign(link.slice(0, -40)), link);
  await expect(damaged(page)).toBeVisible();
  await expect(verdict(page)).toHaveCount(0);
});

test("with the network off, sharing and every download work", async ({ page, context, watched }) => {
  await open(page);
  await context.setOffline(true);
  await drop(page, pair);
  await expect(verdict(page)).toBeVisible();
  const before = watched.requests.length;
  expect(await copied(page, "Copy link")).toContain("#r1.");
  expect(await copied(page, "Copy Markdown link")).toMatch(/^\[.*Regressed: slow against base\]\(http:.*#r1\.[^)]*\)$/);
  const comment = await copied(page, "Copy PR comment");
  expect(comment).toMatch(/^## ▲ Regressed: slow against base\n/);
  expect(comment.trimEnd().split("\n").at(-1)).toMatch(/^Gate: \*\*fail\*\* .*\[The whole report\]\(http:.*#r1\.[^)]*\)$/);
  await page.keyboard.press("Escape");
  for (const button of ["HTML", "CSV", "JUnit", "baseline", "metrics", "Markdown", "JSON"]) {
    expect((await download(page, `Download ${button}`)).text.length).toBeGreaterThan(500);
  }
  expect(watched.requests.slice(before).filter((address) => !address.startsWith("blob:"))).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("the downloads are the command line's, byte for byte", async ({ page }) => {
  await compared(page);
  const csv = await download(page, "Download CSV");
  expect(csv.name).toBe("loaddiff-report.csv");
  expect(csv.text).toBe(commandLine(["report", "--format", "csv", ...sides]));
  const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?(?=" hostname)/, "");
  const junit = await download(page, "Download JUnit");
  expect(junit.name).toBe("loaddiff-junit.xml");
  expect(timeless(junit.text)).toBe(timeless(commandLine(["report", "--format", "junit", ...sides])));
  const xml = await page.evaluate((text) => {
    const read = new DOMParser().parseFromString(text, "application/xml");
    const all = (name: string) => read.getElementsByTagName(name).length;
    return { error: all("parsererror"), failures: all("failure"), stated: read.querySelector("testsuite")?.getAttribute("failures") };
  }, junit.text);
  expect(xml).toMatchObject({ error: 0, stated: String(xml.failures) });
  expect(xml.failures).toBeGreaterThan(0);
  const baseline = await download(page, "Download baseline");
  expect(baseline.name).toBe("performance-baselines.json");
  expect(baseline.text).toBe(commandLine(["baseline", ...side("slow")]));
  expect(Object.keys(JSON.parse(baseline.text))).toContain("POST /v1/chat");
  const metrics = await download(page, "Download metrics");
  expect(metrics.text).toBe(commandLine(["extract", ...side("slow")]));
});

test("a baseline that was downloaded is one to compare with", async ({ page }) => {
  await compared(page);
  const { name, text } = await download(page, "Download baseline");
  await open(page);
  await drop(page, [{ name, content: text }]);
  await drop(page, locust("2.47.0/slow"));
  await expect(verdict(page)).toBeVisible();
  await expect(verdict(page)).not.toContainText("Regressed");
});

test("thresholds that name services leave no baseline of none of them", async ({ page }) => {
  const shop = ({ name, content }: Given) => ({ name, content: String(content).replaceAll("/api/v2", "/shop") });
  await compared(page, [shop(many(3, "base_stats.csv", false)), shop(many(3, "run_stats.csv", true))]);
  await page.getByRole("button", { name: "Edit limits", exact: true }).click();
  await page.getByLabel("Profile").selectOption("seed-v1");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Download baseline", exact: true }).click();
  await expect(page.locator("#export").getByRole("status")).toContainText("none of the endpoints is of a service that “seed-v1” names");
});

test("the HTML report opens from a disk, and dropped back it is verified and restored", async ({ page, browser }, info) => {
  await compared(page);
  const here = await seen(page);
  const first = await download(page, "Download HTML");
  expect(first.name).toBe("loaddiff-report.html");
  const path = info.outputPath("report.html");
  execFileSync("sh", ["-c", "cat > \"$0\"", path], { input: first.text });
  const context = await browser.newContext({ offline: true });
  const file = await context.newPage();
  await file.goto(pathToFileURL(path).href);
  await expect(file.getByRole("heading", { level: 1 })).toHaveText("Regressed");
  await context.close();

  await open(page);
  await drop(page, [{ name: "anything.html", content: readFileSync(path) }]);
  await expect(check(page)).toContainText("Verified");
  await expect(check(page)).toContainText("The verdicts verify: judged again");
  await expect(check(page)).toContainText("anything.html");
  expect(await seen(page)).toEqual(here);
  const second = await download(page, "Download HTML");
  // The moment it was made stands in the head of the report, and beside the verdicts.
  const timeless = (html: string) => html.replace(/<time datetime="[^"]*">[^<]*</, "<time>").replace(/"made_at":"[^"]*"/, "");
  expect(timeless(second.text)).toBe(timeless(first.text));
  // What is no longer what the file says is said to be.
  await page.keyboard.press("x");
  await expect(check(page)).toContainText("The sides were swapped since");
  await page.keyboard.press("x");
  await expect(check(page)).not.toContainText("swapped");
  await page.getByRole("button", { name: "Edit limits", exact: true }).click();
  await page.getByLabel("Profile").selectOption("seed-v1");
  await page.keyboard.press("Escape");
  await expect(check(page)).toContainText("Other thresholds were chosen since");
  // Files of one's own have nothing to be checked against.
  await drop(page, pair);
  await expect(check(page)).toHaveCount(0);
});

for (const [what, harm, says] of [
  ["a figure of the text", (html: string) => html.replace(/(<h1[^>]*>)[^<]*/, "$1Improved"), "Does not verify: its text was changed"],
  ["the data", (html: string) => html.replace(/("percentiles_ms":\{[^}]*"95":)\d+/, "$14"), "Does not verify: its data were changed"],
  ["a verdict", (html: string) => html.replace(/("gate":")fail/, "$1pass"), "Does not verify: its verdicts differ"],
  ["the version", (html: string) => html.replace(/("made_by":"loaddiff )[\d.]+/, "$10.0.1"), "Verdicts verified"],
] as const) {
  test(`a report in which ${what} was changed: “${says}”`, async ({ page }) => {
    const html = commandLine(["report", "--format", "html", ...sides]);
    const changed = harm(html);
    expect(changed).not.toBe(html);
    await open(page);
    await drop(page, [{ name: "report.html", content: changed }]);
    await expect(check(page).getByRole("heading")).toContainText(says);
    await expect(verdict(page)).toBeVisible();
  });
}

test("a report that is cut, and a page that is none, are refused with a reason", async ({ page }) => {
  const html = commandLine(["report", "--format", "html", ...sides]);
  await open(page);
  await drop(page, [{ name: "cut.html", content: html.slice(0, html.lastIndexOf("</script>") - 40) }]);
  await expect(page.getByRole("alert")).toContainText("The report is cut: it ends before its data do");
  await drop(page, [{ name: "other.html", content: "<!doctype html><title>no report</title>" }]);
  await expect(page.getByRole("alert").filter({ hasText: "other.html" })).toContainText("Format not recognised");
  await expect(verdict(page)).toHaveCount(0);
});

test("names can be hidden, in the link and in what is copied beside it", async ({ page, browser }) => {
  await compared(page);
  await page.keyboard.press("s");
  await dialog(page).getByLabel("Hide endpoint names").check();
  await expect(dialog(page).getByText("not endpoint names")).toBeVisible();
  const link = await copied(page, "Copy link");
  expect(await copied(page, "Copy PR comment")).not.toContain("/v1/chat");
  expect(await copied(page, "Copy PR comment")).toContain("endpoint-");
  expect(await copied(page, "Copy Markdown link")).not.toContain("/v1/chat");
  await elsewhere(browser, link, async (other) => {
    await expect(verdict(other)).toContainText("Regressed");
    expect(await other.locator("body").innerText()).not.toContain("/v1/chat");
    await expect(other.getByRole("table", { name: "Endpoints" })).toContainText(/endpoint-[0-9a-f]{6}/);
  });
});

test("200 endpoints: the dialog says that it is too long for chat, and what was left out", async ({ page, browser }) => {
  await compared(page, [many(200, "base_stats.csv", false), many(200, "run_stats.csv", true)]);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(dialog(page).getByText("200 endpoints")).toBeVisible();
  await expect(dialog(page).locator(".share-length")).toHaveClass(/fit-(comments|most)/);
  await expect(dialog(page)).toContainText("Slack cuts near 4,000");
  await expect(dialog(page)).toContainText("65,536");
  const link = await copied(page, "Copy link");
  await elsewhere(browser, link, async (other) => {
    await expect(verdict(other)).toContainText("Regressed");
    await expect(other.locator("#endpoints-title")).toContainText("of 200");
  });
});

test("what does not fit is named, can be put in all the same, and less again", async ({ page }) => {
  // 60 endpoints over five minutes, as the history of a run has them.
  const history = locust("2.47.0/base", ["stats_history"])[0];
  await compared(page, [
    many(60, "base_stats.csv", false),
    { ...history, name: "base_stats_history.csv" },
    many(60, "run_stats.csv", true),
    { ...history, name: "run_stats_history.csv" },
  ]);
  await page.keyboard.press("s");
  const length = async () => Number((await dialog(page).locator(".share-length b").innerText()).replace(/\D/g, ""));
  await expect(dialog(page)).toContainText("Left out, to stay below 2,000 characters: time series");
  const short = await length();
  await dialog(page).getByRole("button", { name: "Put in all the same" }).click();
  await expect(dialog(page)).toContainText("Nothing is left out");
  expect(await length()).toBeGreaterThan(short);
  await dialog(page).getByRole("button", { name: "Less" }).click();
  await expect.poll(length).toBe(short);
  await expect(dialog(page)).toContainText("Left out");
});

test("where copying is refused, the text stands there selected", async ({ page }) => {
  await page.addInitScript(() => Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error("no")) }));
  await compared(page);
  await page.keyboard.press("s");
  await page.getByRole("button", { name: "Copy link", exact: true }).click();
  await expect(dialog(page).getByRole("status")).toContainText("did not allow copying");
  const text = dialog(page).getByRole("textbox", { name: "The text to copy" });
  await expect(text).toBeFocused();
  await expect(text).toHaveValue(/#r1\./);
  expect(await text.evaluate((area: HTMLTextAreaElement) => area.selectionEnd - area.selectionStart === area.value.length)).toBe(true);
});

test("the keys: s opens, Escape closes, and the focus goes back", async ({ page }) => {
  await compared(page);
  const button = page.getByRole("button", { name: "Share", exact: true });
  await button.focus();
  await page.keyboard.press("s");
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press("e");
  await expect(page.getByRole("region", { name: "Export" })).toBeFocused();
});

test("an issue: the repository is remembered, and GitHub's address has title, labels and text", async ({ page, context }) => {
  await context.route("https://github.com/**", (route) => route.fulfill({ body: "GitHub" }));
  await compared(page);
  const open_ = page.getByRole("button", { name: "Open issue", exact: true });
  await open_.click();
  await expect(page.locator(".issue").getByRole("alert")).toContainText("OWNER/REPO");
  await page.getByLabel("Repository").fill("https://github.com/octocat/hello-world");
  const [popup] = await Promise.all([context.waitForEvent("page"), open_.click()]);
  await popup.waitForLoadState();
  const address = new URL(popup.url());
  expect(address.origin + address.pathname).toBe("https://github.com/octocat/hello-world/issues/new");
  expect(address.searchParams.get("title")).toMatch(/^🚨 Critical Performance Regression Detected \(\d+ metrics\)$/);
  expect(address.searchParams.get("labels")).toBe("performance,regression,automated,priority-critical");
  expect(address.searchParams.get("body")).toContain("#r1.");
  expect(address.href.length).toBeLessThanOrEqual(8000);
  expect(await popup.evaluate(() => window.opener)).toBeNull();
  await compared(page);
  await expect(page.getByLabel("Repository")).toHaveValue("octocat/hello-world");
});

test("no issue is offered where nothing fails and nothing warns", async ({ page }) => {
  await compared(page, [many(3, "base_stats.csv", false), { ...many(3, "run_stats.csv", false), content: `${many(3, "run_stats.csv", false).content}\n` }]);
  await expect(page.getByRole("button", { name: "Download baseline" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Open issue" })).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the dialog, the link's error and the check in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const violations = async () => {
      const found = await new AxeBuilder({ page }).analyze();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    };
    await compared(page);
    const html = await download(page, "Download HTML");
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await expect(dialog(page).getByText("8 endpoints")).toBeVisible();
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Escape");
    await drop(page, [{ name: html.name, content: html.text.replace(/("gate":")fail/, "$1pass") }]);
    await expect(check(page)).toBeVisible();
    expect(await violations()).toEqual([]);
    await page.evaluate(() => location.assign("#r1.AAAA.4.0000000"));
    await expect(damaged(page)).toBeVisible();
    expect(await violations()).toEqual([]);
  });
}

test("at 390 px the dialog and the exports need no scrolling sideways", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await compared(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  const share = page.getByRole("button", { name: "Share", exact: true });
  await expect(share).toBeInViewport();
  await share.click();
  await expect(dialog(page).getByText("8 endpoints")).toBeVisible();
  expect(await dialog(page).evaluate((d) => d.scrollWidth - d.clientWidth)).toBeLessThanOrEqual(0);
  for (const name of ["Copy link", "Copy Markdown link", "Copy PR comment"]) {
    const box = await page.getByRole("button", { name, exact: true }).boundingBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 390).toBe(true);
  }
});
