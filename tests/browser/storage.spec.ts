// Where the browser keeps storage from the page (site data off, a sandbox, another site's frame) files are read as usual.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type FrameLocator, type Page } from "@playwright/test";
import { locust } from "./files";
import { expect, open, test } from "./page";

/** What is done to a page before it is loaded; `worker` is put before the script of its workers. */
interface Blocked {
  page: string;
  worker?: string;
}

const denied = 'new DOMException("denied", "SecurityError")';
const throwing = (on: string, names: string[]) =>
  names.map((name) => `Object.defineProperty(${on}, "${name}", { get() { throw ${denied}; } });`).join("\n");

const BLOCKED: Record<string, Blocked> = {
  "there are no locks": { page: 'Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });' },
  "asking for locks throws": { page: throwing("Navigator.prototype", ["locks"]) },
  "locks are refused": {
    page: `LockManager.prototype.request = () => Promise.reject(${denied});`,
    worker: `LockManager.prototype.request = () => Promise.reject(${denied});`,
  },
  "locks are refused to the worker alone": {
    page: "",
    worker: `LockManager.prototype.request = () => Promise.reject(${denied});`,
  },
  "requesting a lock throws": {
    page: `LockManager.prototype.request = () => { throw ${denied}; };`,
    worker: `LockManager.prototype.request = () => { throw ${denied}; };`,
  },
  "local and session storage throw": { page: throwing("window", ["localStorage", "sessionStorage"]) },
  "databases and caches throw": { page: throwing("window", ["indexedDB", "caches"]) },
  "service workers throw": { page: throwing("Navigator.prototype", ["serviceWorker", "storage"]) },
};

/** Has the workers' script begin with this. */
const inWorkers = (script: string) => `
  const Original = Blob;
  window.Blob = class extends Original {
    constructor(parts, options) {
      super(options?.type === "text/javascript" ? [${JSON.stringify(script)}, ...parts] : parts, options);
    }
  };`;

async function reads(page: Page, within: Page | FrameLocator = page): Promise<void> {
  const give = async (name: string, run: string) => {
    const files = locust(run).map((file) => ({ name: file.name, mimeType: "text/csv", buffer: Buffer.from(file.content) }));
    await within.getByLabel(name, { exact: true }).setInputFiles(files);
  };
  await give("Baseline files", "2.47.0/base");
  await give("Run files", "2.47.0/slow");
  await expect(within.getByRole("status", { name: "Verdict" })).toBeVisible({ timeout: 20_000 });
  await expect(within.getByRole("table", { name: "Endpoints" })).toBeVisible();
}

for (const [name, blocked] of Object.entries(BLOCKED)) {
  test(`files are read where ${name}`, async ({ page, watched }) => {
    if (blocked.page !== "") await page.addInitScript(blocked.page);
    if (blocked.worker !== undefined) await page.addInitScript(inWorkers(blocked.worker));
    await open(page);
    await reads(page);
    // A card would say that a worker is gone.
    await expect(page.getByRole("alert")).toHaveCount(0);
    expect(watched.console).toEqual([]);
  });
}

test("files are read where the browser keeps no data of any site", async ({ baseURL }) => {
  const folder = mkdtempSync(join(tmpdir(), "loaddiff-profile-"));
  try {
    mkdirSync(join(folder, "Default"));
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
    writeFileSync(join(folder, "Default", "Preferences"), JSON.stringify(settings));
    const options = test.info().project.use.launchOptions ?? {};
    const context = await chromium.launchPersistentContext(folder, { ...options, baseURL });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await open(page);
    const storage = await page.evaluate(() => {
      try {
        return typeof window.localStorage;
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(storage).toBe("SecurityError");
    await reads(page);
    expect(errors).toEqual([]);
    await context.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("files are read in a frame that is in a sandbox", async ({ page, baseURL }) => {
  // An origin of its own: what the page loads must be for everyone, as GitHub Pages serves it.
  await page.setContent(`<iframe sandbox="allow-scripts" src="${baseURL}" width="1200" height="900"></iframe>`);
  const frame = page.frameLocator("iframe");
  await frame.locator("html[data-boot=ready]").waitFor();
  expect(await page.frames()[1].evaluate(() => window.origin)).toBe("null");
  await reads(page, frame);
});
