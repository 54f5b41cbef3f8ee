// Links to files: what is shown before anything is fetched, what is fetched, and each way in which that fails.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { choose, locust, repository } from "./files";

const FOREIGN = `http://127.0.0.1:${process.env.FOREIGN_PORT ?? 4174}`;
/** The page that may fetch from there. */
const WITH_HOSTS = "../with-hosts/";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const panel = (page: Page) => page.getByRole("region", { name: /^This link compares files from/ });
const fetchButton = (page: Page) => panel(page).getByRole("button", { name: /^Fetch/ });
const kinds = ["stats", "stats_history", "failures", "exceptions"];

/** The addresses of a run's files there. */
function at(run: string, route = "files", query = ""): string[] {
  return kinds.map((kind) => `${FOREIGN}/${route}/${run}_${kind}.csv${query}`);
}

function fragment(base: string[], run: string[], policy?: string): string {
  const pairs = [...base.map((a) => `base=${a}`), ...run.map((a) => `run=${a}`), ...(policy ? [`policy=${policy}`] : [])];
  return `#${pairs.join("&")}`;
}

/** How often something was asked for under this name. */
async function asked(page: Page, name: string): Promise<number> {
  return Number(await (await page.request.get(`${FOREIGN}/asked/${name}`)).text());
}

/** Opens a link to one file a side, of which the run's is at this address, and fetches. */
async function fetchRun(page: Page, address: string): Promise<void> {
  await open(page, WITH_HOSTS + fragment([`${FOREIGN}/files/base_stats.csv`], [address]));
  await fetchButton(page).click();
}

test("addresses are shown first; then the files are fetched and compared", async ({ page, watched }) => {
  await open(page, WITH_HOSTS + fragment(at("base", "files", "?test=first"), at("slow", "files", "?test=first")));
  await expect(panel(page)).toContainText(`This link compares files from ${new URL(FOREIGN).host}`);
  for (const address of [...at("base"), ...at("slow")]) await expect(panel(page)).toContainText(address);
  await expect(panel(page)).toContainText("Nothing has been fetched yet.");
  await expect(panel(page).getByRole("listitem")).toHaveCount(8);
  await page.waitForTimeout(500);
  expect(await asked(page, "first")).toBe(0);
  // Cookies know no ports: this one would go along.
  await page.context().addCookies([{ name: "secret", value: "1", url: FOREIGN }]);
  const sent = page.waitForRequest(/base_stats\.csv/);
  await fetchButton(page).click();
  const headers = await (await sent).allHeaders();
  expect(Object.keys(headers).filter((name) => /cookie|referer|authorization/.test(name))).toEqual([]);
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms, +62 %");
  await expect(page.locator("[data-side=baseline]")).toContainText("base");
  await expect(panel(page)).toHaveCount(0);
  expect(await asked(page, "first")).toBe(8);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("the thresholds of a link are in force", async ({ page }) => {
  await open(page, WITH_HOSTS + fragment(at("base"), at("slow"), `${FOREIGN}/thresholds/limits.toml`));
  await fetchButton(page).click();
  await expect(verdict(page)).toContainText("limits.toml");
  await expect(verdict(page)).not.toContainText("Regressed");
});

test("a link that is opened in an open page asks as well, and cancelling puts it away", async ({ page }) => {
  await open(page, WITH_HOSTS);
  await page.evaluate((hash) => void (location.hash = hash), fragment(at("base"), at("slow")));
  await expect(panel(page)).toBeVisible();
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  await expect(panel(page)).toHaveCount(0);
  expect(new URL(page.url()).hash).toBe("");
});

test("relative addresses are the page's own, and need no permission", async ({ page, watched, baseURL }) => {
  await page.route("**/results/*.csv", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop() ?? "";
    return route.fulfill({ body: repository(`tests/fixtures/locust/2.47.0/${name}`).content });
  });
  await open(page, `./${fragment(["results/base_stats.csv"], ["results/slow_stats.csv"])}`);
  await expect(panel(page)).toContainText(`${baseURL}results/base_stats.csv`);
  await expect(panel(page)).not.toContainText("not allowed");
  await fetchButton(page).click();
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose");
  expect(await watched.refused()).toEqual([]);
});

test("pages of GitHub become raw files; the strict page is not allowed to fetch them, and says so", async ({ page, watched }) => {
  const raw = "https://raw.githubusercontent.com/acme/load/main/base_stats.csv";
  await open(page, "./#base=https://github.com/acme/load/blob/main/base_stats.csv%23L1&run=https://gist.github.com/ada/0123456789abcdef");
  await expect(panel(page)).toContainText("files from raw.githubusercontent.com and gist.githubusercontent.com");
  await expect(panel(page)).toContainText(raw);
  await expect(panel(page)).toContainText("https://gist.githubusercontent.com/ada/0123456789abcdef/raw");
  await expect(panel(page)).toContainText("not allowed to contact raw.githubusercontent.com and gist.githubusercontent.com");
  const build = "cargo xtask build --allow-host https://raw.githubusercontent.com --allow-host https://gist.githubusercontent.com";
  await expect(panel(page)).toContainText(build);
  await expect(panel(page)).toContainText("drop it here");
  // No button that cannot work.
  await expect(fetchButton(page)).toHaveCount(0);
  const link = panel(page).getByRole("listitem").first().getByRole("link", { name: "Download the file" });
  await expect(link).toHaveAttribute("href", raw);
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  expect(await watched.refused()).toEqual([]);
  // The browser itself would refuse, by the page's policy.
  expect(await page.evaluate((raw) => fetch(raw).then(() => "fetched", () => "refused"), raw)).toBe("refused");
  await expect.poll(watched.refused).toEqual([`connect-src ${raw}`]);
});

test("the strict page reaches no other host, whatever it answers", async ({ page, watched }) => {
  await open(page, `./${fragment([`${FOREIGN}/files/base_stats.csv?test=strict`], [`${FOREIGN}/files/slow_stats.csv?test=strict`])}`);
  await expect(panel(page)).toContainText("not allowed to contact");
  await expect(fetchButton(page)).toHaveCount(0);
  const address = `${FOREIGN}/files/base_stats.csv?test=strict`;
  expect(await page.evaluate((address) => fetch(address).then(() => "fetched", () => "refused"), address)).toBe("refused");
  expect(await asked(page, "strict")).toBe(0);
  await expect.poll(async () => (await watched.refused()).length).toBe(1);
});

test("the privacy sentence says what the page may contact", async ({ page }) => {
  await open(page);
  const says = page.getByText("Your files stay on this device.");
  // It stands once, on the start page and in the report.
  await expect(says).toHaveCount(1);
  await expect(says).toContainText("This page is not allowed to contact any server.");
  await expect(page.locator(".promise li")).toHaveCount(3);
  await open(page, WITH_HOSTS);
  await expect(says).toHaveCount(1);
  await expect(says).toContainText(`This page may contact ${new URL(FOREIGN).host}, to fetch`);
  await expect(says).toContainText("not allowed to contact any other server");
  await page.getByRole("button", { name: "Try sample data" }).click();
  await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
  await expect(says).toHaveCount(1);
});

for (const [route, says] of [
  ["no-cors/slow_stats.csv", "does not allow other pages to read its files (CORS)"],
  ["missing/slow_stats.csv", "There is no such file (404)."],
  ["limited/slow_stats.csv", /Too many requests \(429\).*until 20\d\d-.*Z \(in 1 min (30|2\d) s\)/],
  ["limited-by-time/slow_stats.csv", /refuses \(403\): its rate limit is reached until .* \(in (10|9) min/],
  ["forbidden/slow_stats.csv", "The server refuses (403): the file is not public, or its rate limit is reached."],
  ["broken/slow_stats.csv", "The server answered with the status 500, and no file."],
  ["large-stated/slow_stats.csv", "It holds 150 MB; the files of a link may hold 100 MB together."],
  ["large/slow_stats.csv", "It was given up: the files of a link may hold 100 MB together."],
  ["cut/slow_stats.csv", "The answer broke off after 1 kB"],
] as const) {
  test(`a file that cannot be had: ${route}`, async ({ page }) => {
    await fetchRun(page, `${FOREIGN}/${route}`);
    const refused = panel(page).getByRole("alert");
    await expect(refused).toHaveCount(1, { timeout: 20_000 });
    await expect(refused).toContainText(says);
    await expect(panel(page)).toContainText("Not every file could be used, so nothing was compared.");
    await expect(verdict(page)).toHaveCount(0);
    await expect(fetchButton(page)).toHaveText("Fetch again");
    // Dropping the file instead is always possible.
    await choose(page, "Baseline files", locust("2.47.0/base"));
    await choose(page, "Run files", locust("2.47.0/slow"));
    await expect(verdict(page)).toContainText("POST /v1/chat");
  });
}

test("a rate limit ends the fetching; a file that is not public does not", async ({ page }) => {
  const then = `${FOREIGN}/missing/slow_stats.csv`;
  await open(page, WITH_HOSTS + fragment([`${FOREIGN}/forbidden/base_stats.csv`], [then]));
  await fetchButton(page).click();
  await expect(panel(page).getByRole("alert")).toHaveCount(2);
  await page.goto("about:blank");
  await open(page, WITH_HOSTS + fragment([`${FOREIGN}/limited/base_stats.csv`], [then]));
  await fetchButton(page).click();
  await expect(panel(page)).toContainText("nothing was compared");
  await expect(panel(page).getByRole("alert")).toHaveCount(1);
});

test("nothing listens there", async ({ page }) => {
  await page.route(/unreachable/, (route) => route.abort("connectionrefused"));
  await fetchRun(page, `${FOREIGN}/files/unreachable.csv`);
  await expect(panel(page).getByRole("alert")).toContainText("cannot be reached");
});

test("offline, and then again", async ({ page, context }) => {
  await open(page, WITH_HOSTS + fragment(at("base"), at("slow")));
  await context.setOffline(true);
  await fetchButton(page).click();
  await expect(panel(page).getByRole("alert")).toContainText("The browser is offline. Fetch again when it is back.");
  await context.setOffline(false);
  await fetchButton(page).click();
  await expect(verdict(page)).toContainText("POST /v1/chat");
});

test("a slow file shows its bytes, and cancelling ends it", async ({ page }) => {
  await fetchRun(page, `${FOREIGN}/slow/slow_stats.csv`);
  await expect(panel(page)).toContainText("Fetching 2 of 2 files.");
  await expect(panel(page).getByRole("listitem").nth(1)).toContainText("1 kB …");
  await expect(fetchButton(page)).toBeHidden();
  const ended = page.waitForEvent("requestfailed");
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  expect((await ended).url()).toContain("/slow/");
  await expect(panel(page)).toContainText("Nothing has been fetched yet.");
  await expect(panel(page).getByRole("alert")).toHaveCount(0);
  await expect(fetchButton(page)).toBeVisible();
});

test("compressed files are read like others", async ({ page }) => {
  await open(page, WITH_HOSTS + fragment(at("base", "gzip"), at("slow", "gzip")));
  await fetchButton(page).click();
  await expect(verdict(page)).toContainText("POST /v1/chat p50 rose from 240 ms");
});

test("a file without results is named, and nothing is compared", async ({ page }) => {
  await fetchRun(page, `${FOREIGN}/text/diary.txt`);
  await expect(page.getByRole("alert").filter({ hasText: "diary.txt:1:1" })).toContainText("Format not recognised");
  await expect(panel(page)).toContainText("nothing was compared");
  await expect(verdict(page)).toHaveCount(0);
});

for (const [hash, says] of [
  ["#base=javascript:alert(1)&run=a.csv", "it begins with javascript:, and https: and http: are fetched."],
  ["#run=https://github.com@evil.example/a.csv", "there is a user name or a password before its host"],
  ["#run=file:///etc/passwd", "it begins with file:"],
  ["#run=https://b%C3%BCcher.example/a.csv", "write it as its xn-- form"],
  ["#run=a.csv?x=1&y=2", "An & inside an address is written %26."],
  ["#policy=limits.toml", "The link names no file"],
  ["#base=https://github.com/acme/load", "this is a page of GitHub, and not a file"],
] as const) {
  test(`a link that is none: ${hash}`, async ({ page, watched }) => {
    await open(page, `./${hash}`);
    const card = page.getByRole("alert");
    await expect(card).toContainText("This link to files cannot be read");
    await expect(card).toContainText(says);
    await card.getByRole("button", { name: "Dismiss" }).click();
    await expect(card).toHaveCount(0);
    expect(watched.console).toEqual([]);
  });
}

test("markup in an address is text", async ({ page }) => {
  await open(page, "./#run=https://example.org/%3Cimg%20src=x%20onerror=alert(1)%3E.csv");
  await expect(panel(page)).toContainText("<img src=x onerror=alert(1)>.csv");
  await expect(panel(page).locator("img")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await open(page, "./#base=https://example.org/base_stats.csv&run=https://example.org/run_stats.csv");
    const violations = async () => {
      const found = await new AxeBuilder({ page }).analyze();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    };
    await expect(panel(page).getByRole("link", { name: "Download the file" })).toHaveCount(2);
    expect(await violations()).toEqual([]);
  });
}

for (const width of [390, 320]) {
  test(`at ${width} px nothing makes the page scroll sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await open(page, `./#run=https://a-host-of-some-length.example.org/${"folder/".repeat(20)}${"x".repeat(90)}.csv`);
    await expect(panel(page).getByRole("link", { name: "Download the file" })).toHaveCount(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
}
