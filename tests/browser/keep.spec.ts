// A comparison outlives a reload, Back and a click on the logo: it is kept on this device, and nowhere else.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const verdict = (page: Page) => page.getByRole("status", { name: "Verdict" });
const recents = (page: Page) => page.getByRole("region", { name: /^Recent comparisons/ });
const hash = (page: Page) => new URL(page.url()).hash;

/** Drops two runs and waits until they are kept. */
async function compare(page: Page): Promise<void> {
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await expect(verdict(page)).toBeVisible();
  await expect.poll(() => hash(page)).toMatch(/^#c=[0-9a-f]{16}/);
}

/** Waits until the database holds this number of comparisons. */
async function stored(page: Page, count: number): Promise<void> {
  const keys = () => page.evaluate(() => new Promise<number>((done) => {
    const request = indexedDB.open("loaddiff", 1);
    request.onsuccess = () => {
      const all = request.result.transaction("about").objectStore("about").count();
      all.onsuccess = () => (request.result.close(), done(all.result));
    };
  }));
  await expect.poll(keys).toBe(count);
}

test("a reload shows the same report again, without files and without a request", async ({ page, watched }) => {
  await open(page);
  const loaded = watched.requests.length;
  await compare(page);
  const before = await verdict(page).innerText();
  await page.locator("#endpoint-rows tr[aria-selected=false]").nth(1).click();
  await expect.poll(() => hash(page)).toMatch(/&e=[0-9a-f]{16}/);
  await stored(page, 1);
  // A change of the address asks for nothing either, not for the icon.
  expect(watched.requests.slice(loaded)).toEqual([]);
  await page.reload();
  await page.locator("html[data-boot=ready]").waitFor();
  const asked = watched.requests.length;
  await expect(verdict(page)).toBeVisible();
  expect(await verdict(page).innerText()).toBe(before);
  expect(watched.requests.length).toBe(asked);
  expect(watched.console).toEqual([]);
});

test("Back leads from an endpoint to the report, to the start page, and Forward to the report", async ({ page }) => {
  await open(page);
  await compare(page);
  await stored(page, 1);
  const first = hash(page);
  const row = page.locator("#endpoint-rows tr[aria-selected=false]").nth(1);
  await row.click();
  await expect.poll(() => hash(page)).not.toBe(first);
  await page.goBack();
  await expect.poll(() => hash(page)).toBe(first);
  await expect(verdict(page)).toBeVisible();
  await page.goBack();
  await expect(verdict(page)).toHaveCount(0);
  await expect(recents(page)).toBeVisible();
  await page.goForward();
  await expect(verdict(page)).toBeVisible();
});

test("a click on the logo can be undone, by the keyboard too", async ({ page }) => {
  await open(page);
  await compare(page);
  const before = await verdict(page).innerText();
  await page.getByRole("link", { name: "loaddiff: start over" }).click();
  await expect(verdict(page)).toHaveCount(0);
  expect(hash(page)).toBe("");
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  await expect(verdict(page)).toBeVisible();
  expect(await verdict(page).innerText()).toBe(before);
  await expect.poll(() => hash(page)).toMatch(/^#c=/);
});

test("recent comparisons are opened by the keyboard, and forgotten", async ({ page }) => {
  await open(page);
  await compare(page);
  await stored(page, 1);
  await page.goto("./");
  await page.locator("html[data-boot=ready]").waitFor();
  await expect(recents(page)).toContainText("Kept on this device alone.");
  const entry = recents(page).getByRole("button", { name: /base.*slow/ }).first();
  await expect(entry).toContainText(/just now|minute/);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await entry.press("Enter");
  await expect(verdict(page)).toBeVisible();
  await page.getByRole("link", { name: "loaddiff: start over" }).click();
  await recents(page).getByRole("button", { name: "Forget all" }).click();
  await expect(recents(page)).toHaveCount(0);
  await stored(page, 0);
  // Forgotten, and still undone.
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(verdict(page)).toBeVisible();
  await stored(page, 1);
});

test("an address of another device says so, and files can be dropped all the same", async ({ page }) => {
  await open(page, "./#c=0123456789abcdef");
  await expect(page.getByRole("alert")).toContainText("This comparison is not on this device");
  await compare(page);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("where the browser allows no storage that is said once, and Back works until the page is closed", async ({ page, watched }) => {
  await page.addInitScript(() => {
    const Original = Blob;
    const denied = 'Object.defineProperty(self, "indexedDB", { get() { throw new DOMException("denied", "SecurityError"); } });\n';
    window.Blob = class extends Original {
      constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
        super(options?.type === "text/javascript" ? [denied, ...parts] : parts, options);
      }
    };
  });
  await open(page);
  await compare(page);
  const note = page.getByRole("status").filter({ hasText: "Not kept on this device" });
  await expect(note).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await note.getByRole("button", { name: "Dismiss" }).click();
  await page.goBack();
  await expect(verdict(page)).toHaveCount(0);
  await page.goForward();
  await expect(verdict(page)).toBeVisible();
  await expect(note).toHaveCount(0);
  expect(watched.console).toEqual([]);
});
