// The service worker: a visit without a network, an update, a set of files that no longer works.
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const DIST = join(__dirname, "../../dist");
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css" };

/** A copy of the site, served from a port of its own, so that a deploy can be played. */
class Site {
  readonly folder = mkdtempSync(join(tmpdir(), "loaddiff-site-"));
  readonly asked: string[] = [];
  private server: Server | undefined;
  address = "";

  async start(): Promise<this> {
    for (const name of readdirSync(DIST)) copyFileSync(join(DIST, name), join(this.folder, name));
    this.server = createServer((request, response) => {
      const name = new URL(request.url ?? "/", "http://localhost").pathname.slice(1) || "index.html";
      this.asked.push(name);
      try {
        const body = readFileSync(join(this.folder, name));
        response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((done) => this.server?.listen(0, "127.0.0.1", done));
    const bound = this.server.address();
    this.address = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}/`;
    return this;
  }

  /** Another version: the page says something else, and a program has another name. */
  deploy(): void {
    const [page, worker] = ["index.html", "sw.js"].map((name) => readFileSync(join(this.folder, name), "utf8"));
    const program = readdirSync(this.folder).find((name) => /^app-.*\.js$/.test(name)) ?? "";
    renameSync(join(this.folder, program), join(this.folder, "app-next.js"));
    const next = page.replace(program, "app-next.js").replace("<title>loaddiff", "<title>next loaddiff");
    const hash = `sha256-${createHash("sha256").update(next).digest("base64")}`;
    writeFileSync(join(this.folder, "index.html"), next);
    writeFileSync(
      join(this.folder, "sw.js"),
      worker
        .replace(program, "app-next.js")
        .replace(/VERSION = "[^"]*"/, 'VERSION = "next"')
        .replace(/\["\.\/", "[^"]*"\]/, `["./", "${hash}"]`),
    );
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
    rmSync(this.folder, { recursive: true });
  }
}

const withSite = test.extend<{ site: Site }>({
  site: async ({}, use) => {
    const site = await new Site().start();
    await use(site);
    site.stop();
  },
});

withSite("after one visit the page works with the network off", async ({ page, site, context }) => {
  await open(page, site.address);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const before = site.asked.length;
  await context.setOffline(true);
  site.stop = () => {};
  await open(page, site.address);
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await expect(page.getByRole("status", { name: "Verdict" })).toContainText("POST /v1/chat p50 rose from 240 ms to 390 ms");
  expect(site.asked.slice(before)).toEqual([]);
});

withSite("a new version is offered, and used when a person says so", async ({ page, site }) => {
  await open(page, site.address);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const offer = page.getByText("A new version of loaddiff is ready.");
  await page.reload();
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(offer).toBeHidden();
  site.deploy();
  // The old version, whole, though a file of it is gone from the server.
  await page.reload();
  await page.locator("html[data-boot=ready]").waitFor();
  expect(await page.title()).toMatch(/^loaddiff/);
  await expect(offer).toBeVisible();
  await page.screenshot({ path: "tests/browser/screenshots/update.png" });
  await page.getByRole("button", { name: "Use it" }).click();
  await expect(page).toHaveTitle(/^next loaddiff/);
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(offer).toBeHidden();
});

withSite("the engine is kept unpacked", async ({ page, site }) => {
  await open(page, site.address);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const kept = await page.evaluate(async () => {
    const [name] = await caches.keys();
    const cache = await caches.open(name ?? "");
    const engine = (await cache.keys()).find(({ url }) => url.endsWith(".xz"));
    const answer = engine && (await cache.match(engine));
    const bytes = new Uint8Array((await answer?.arrayBuffer()) ?? []);
    return { type: answer?.headers.get("Content-Type"), bytes: bytes.length, start: [...bytes.slice(0, 4)] };
  });
  expect(kept).toMatchObject({ type: "application/wasm", start: [0, 0x61, 0x73, 0x6d] });
  const packed = readdirSync(site.folder).find((name) => name.endsWith(".xz")) ?? "";
  expect(kept.bytes).toBeGreaterThan(2 * readFileSync(join(site.folder, packed)).length);
});

withSite("half of a deploy is not kept", async ({ page, site }) => {
  // The page is of another version than the service worker says.
  const page0 = join(site.folder, "index.html");
  writeFileSync(page0, readFileSync(page0, "utf8").replace("<title>loaddiff", "<title>half loaddiff"));
  await open(page, site.address);
  const state = () => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return [registration?.active ?? null, (await caches.keys()).length];
  });
  // The page, and the service worker's look at it.
  await expect.poll(() => site.asked.filter((name) => name === "index.html").length).toBe(2);
  await expect.poll(state).toEqual([null, 0]);
  await page.waitForTimeout(500);
  expect(await state()).toEqual([null, 0]);
});

withSite("kept files that no longer work are fetched again", async ({ page, site }) => {
  await open(page, site.address);
  await page.evaluate(() => navigator.serviceWorker.ready);
  site.deploy();
  // The browser has thrown away a program, and the server has it no more.
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) if (/app-.*\.js$/.test(request.url)) await cache.delete(request);
    }
  });
  await page.reload();
  await expect(page).toHaveTitle(/^next loaddiff/);
  await page.locator("html[data-boot=ready]").waitFor();
});

test("an embedded page keeps nothing", async ({ page }) => {
  await page.goto("./?embed=1");
  await page.locator("html[data-boot=ready]").waitFor();
  await page.waitForTimeout(500);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});

test("the page can be installed: a manifest with icons that are there", async ({ page, request }) => {
  await open(page);
  const address = await page.locator("link[rel=manifest]").evaluate((link) => (link as HTMLLinkElement).href);
  const manifest = (await (await request.get(address)).json()) as { name: string; start_url: string; icons: { src: string }[] };
  expect(manifest.name).toContain("loaddiff");
  expect(manifest.start_url).toBe("./");
  for (const { src } of manifest.icons) expect((await request.get(new URL(src, address).href)).status()).toBe(200);
});
