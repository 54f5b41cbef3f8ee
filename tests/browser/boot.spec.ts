// How the page starts, what it may ask for, and what it says when it cannot start.
import type { Page } from "@playwright/test";
import { choose, drop, locust } from "./files";
import { expect, open, test } from "./page";

/** Holds up these requests until what is returned is called. */
async function held(page: Page, which: string): Promise<() => void> {
  let arrive = () => {};
  const arrived = new Promise<void>((done) => (arrive = done));
  await page.route(which, async (route) => {
    await arrived;
    await route.continue();
  });
  return () => arrive();
}

test("the page starts, with nothing in the console and nothing refused", async ({ page, watched }) => {
  await open(page);
  await expect(page).toHaveTitle(/loaddiff/);
  await expect(page.locator("#boot")).toHaveCount(0);
  expect(watched.console).toEqual([]);
  expect(await watched.refused()).toEqual([]);
});

test("an engine that is prepared at once waits for the scripts that it is made of", async ({ page, watched }) => {
  // As on a second visit, where the service worker answers.
  await page.addInitScript(() => {
    Object.defineProperty(navigator.serviceWorker, "controller", { value: {} });
  });
  const arrive = await held(page, "**/keep-*.js");
  const program = page.waitForResponse(/engine-[0-9a-f]+\.xz/);
  await page.goto("./", { waitUntil: "commit" });
  await (await program).finished();
  await page.waitForTimeout(1_500);
  arrive();
  await page.locator("html[data-boot=ready]").waitFor();
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Regressed");
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(watched.console).toEqual([]);
});

test("the served page holds no inline script, handler or style", async ({ page }) => {
  const response = await page.goto("./");
  const html = (await response?.text()) ?? "";
  const found = await page.evaluate((html) => {
    const served = new DOMParser().parseFromString(html, "text/html");
    const all = [...served.querySelectorAll("*")];
    return {
      elements: all.length,
      inline: all.filter((element) => element.matches("script:not([src]), style, base")).length,
      scriptText: all.filter((element) => element.matches("script") && element.textContent !== "").length,
      handlers: all.flatMap((element) => element.getAttributeNames()).filter((name) => /^on|^style$/.test(name)),
    };
  }, html);
  expect(found.elements).toBeGreaterThan(10);
  expect(found).toMatchObject({ inline: 0, scriptText: 0, handlers: [] });
});

test("everything comes from the page's own folder, and once it is there nothing more is asked for", async ({
  page,
  watched,
  baseURL,
}) => {
  await open(page);
  await page.waitForLoadState("networkidle");
  expect(watched.requests.filter((address) => !address.startsWith(baseURL ?? ""))).toEqual([]);
  expect(watched.requests.some((address) => address.endsWith(".wasm"))).toBe(true);
  const before = watched.requests.length;
  await page.mouse.move(300, 300);
  await page.keyboard.press("Tab");
  await page.waitForTimeout(1_000);
  expect(watched.requests.slice(before)).toEqual([]);
});

test("a request to another origin is refused by the page's policy", async ({ page, watched, baseURL }) => {
  await open(page);
  // The same server under its other name: it answers every origin, so that nothing but the policy can refuse.
  const other = new URL(baseURL ?? "");
  other.hostname = "localhost";
  const ask = (address: string) =>
    page.evaluate((address) => fetch(address).then((answer) => answer.status, (error) => String(error)), address);
  expect(await ask(baseURL ?? "")).toBe(200);
  expect(await ask(other.href)).toContain("Failed to fetch");
  await expect.poll(watched.refused).toEqual([`connect-src ${other.href}`]);
});

for (const [stored, system, seen] of [
  ["dark", "light", "dark"],
  ["light", "dark", "light"],
  ["neither", "dark", null],
] as const) {
  test(`the theme is set before the page starts: ${stored} is stored, ${system} is the system's`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: system });
    await page.addInitScript((stored) => localStorage.setItem("loaddiff.theme", stored), stored);
    // Without its program the page never starts, and must have its colours all the same.
    await page.route("**/*.wasm", () => {});
    await page.goto("./", { waitUntil: "commit" });
    await page.getByRole("heading", { name: "Drop two load-test results." }).waitFor();
    expect(await page.locator("html").getAttribute("data-theme")).toBe(seen);
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(scheme).toBe(seen ?? system);
  });
}

test("a page whose program is gone loads itself again once, then says so", async ({ page, watched, baseURL }) => {
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto("./");
  await expect(page.getByRole("alert")).toContainText("loaddiff could not start");
  await expect(page.getByRole("alert").getByRole("link")).toHaveAttribute("href", "./");
  // The page, the page past every cache, and the page again.
  expect(watched.requests.filter((address) => address === baseURL)).toHaveLength(3);
  await page.screenshot({ path: "tests/browser/screenshots/cannot-start.png" });
});

test("an engine that arrives cut off or damaged is told", async ({ page }) => {
  for (const damage of [(bytes: Buffer) => bytes.subarray(0, bytes.length / 2), (bytes: Buffer) => bytes.fill(7, 5_000, 6_000)]) {
    await page.route("**/engine-*.xz", async (route) => {
      await route.fulfill({ body: damage(await (await route.fetch()).body()), contentType: "application/octet-stream" });
    });
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText("loaddiff could not start");
    await page.unroute("**/engine-*.xz");
  }
});

test("a stale page from the cache is mended by itself", async ({ page, watched }) => {
  let stale = true;
  await page.route("**/*.wasm", (route) => (stale ? route.fulfill({ status: 404, body: "" }) : route.continue()));
  page.on("framenavigated", () => (stale = watched.requests.filter((address) => address.endsWith("/")).length < 3));
  await open(page);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a page that starts late says that it takes long, and starts", async ({ page }) => {
  await page.clock.install();
  const arrive = await held(page, "**/*.wasm");
  await page.goto("./", { waitUntil: "commit" });
  await page.locator("#boot").waitFor({ state: "attached" });
  await page.clock.runFor(10_500);
  await expect(page.getByRole("status").filter({ hasText: "longer than usual" })).toBeVisible();
  arrive();
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(page.getByText("longer than usual")).toHaveCount(0);
});

test("the start page stands and can be used before any program has arrived", async ({ page }) => {
  const arrive = await held(page, "**/*.wasm");
  await page.goto("./", { waitUntil: "commit" });
  await expect(page.getByRole("heading", { name: "Drop two load-test results." })).toBeVisible();
  await expect(page.getByText("more tools")).toBeVisible();
  await page.waitForTimeout(100);
  // A drop on the window, and a chosen file.
  await drop(page, locust("2.47.0/base"));
  await choose(page, "Run files", locust("2.47.0/slow"));
  await expect(page.getByRole("status").filter({ hasText: "Your files are kept" })).toBeVisible();
  arrive();
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  await expect(page.getByText("Your files are kept")).toHaveCount(0);
});

for (const width of [1280, 390]) {
  test(`the sample's report is there before the engine, and stays as it is: ${width} px`, async ({ page, watched }) => {
    await page.setViewportSize({ width, height: 800 });
    const arrive = await held(page, "**/engine*.xz");
    await page.goto("./");
    await page.getByRole("button", { name: "Try sample data" }).click();
    await expect(page.getByRole("status", { name: "Verdict" })).toContainText("Regressed");
    await expect(page.locator("#endpoint-rows .row")).not.toHaveCount(0);
    await expect(page.getByText("What you click is done in a moment")).toBeVisible();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    // What stands there is kept by the page, to tell whether the engine replaces any of it.
    const shown = () =>
      page.evaluate(() => {
        const blank = /^\s*$/;
        const nodes = (node: Node): unknown[] =>
          [...node.childNodes].filter((n) => n.nodeType === 1 || (n.nodeType === 3 && !blank.test(n.nodeValue ?? "")))
            .map((n) => (n.nodeType === 3 ? n.nodeValue : [n.nodeName, ...attributes(n as Element), ...nodes(n)]));
        // The page measures rows and sets their place once its program is there.
        const attributes = (element: Element) =>
          element.getAttributeNames().filter((name) => name !== "style").map((name) => `${name}=${element.getAttribute(name)}`);
        return ["verdict", "tiles", "changes", "endpoints", "facts", "method"].map((id) => nodes(document.getElementById(`p-${id}`) as Node));
      });
    const before = await shown();
    await page.evaluate(() => {
      (window as unknown as { first: Element | null }).first = document.querySelector("#p-verdict [role=status]");
    });
    arrive();
    await page.locator("html[data-boot=ready]").waitFor();
    await expect(page.getByText("What you click is done in a moment")).toHaveCount(0);
    // The engine has answered when the address names the comparison.
    await expect(page).toHaveURL(/#c=/);
    expect(await shown()).toEqual(before);
    const same = await page.evaluate(() => (window as unknown as { first: Element }).first.isConnected);
    expect(same).toBe(true);
    expect(watched.console).toEqual([]);
  });
}

test("what a person does to the sample's report before the engine has arrived is done when it has", async ({ page }) => {
  const arrive = await held(page, "**/engine*.xz");
  await page.goto("./");
  await page.getByRole("button", { name: "Try sample data" }).click();
  await page.getByRole("button", { name: "Keys" }).click();
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").fill("images");
  arrive();
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(page.locator("#endpoint-rows .row")).toHaveCount(1);
  await page.getByRole("link", { name: "loaddiff: start over" }).click();
  await expect(page.getByRole("heading", { name: "Drop two load-test results." })).toBeVisible();
});

test("the sample's report gives way to files that are dropped on it before the engine has arrived", async ({ page }) => {
  const arrive = await held(page, "**/*.wasm");
  await page.goto("./");
  await page.getByRole("button", { name: "Try sample data" }).click();
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText("Regressed");
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  arrive();
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
});
