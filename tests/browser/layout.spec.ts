// Geometry of every state at four widths, light and dark: no text lies on another, and nothing is wider than the window.
import type { Page } from "@playwright/test";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const pair = [...locust("2.47.0/base"), ...locust("2.47.0/slow")];

/** Texts in view that lie on another text, and what is wider than the window; up to 10, in words. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const dialog = document.querySelector("dialog[open]:not(.limits-panel)");
    const root = dialog ?? document.body;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts: { node: Node; text: string; box: DOMRect; fixed: boolean }[] = [];
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const found = wide > 0 ? [`the page is ${wide} px wider than the window`] : [];
    /** The part of a box that no ancestor cuts off. */
    const seen = (element: Element, box: DOMRect): DOMRect | null => {
      let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
      for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.clipPath !== "none" || Number(style.opacity) === 0) return null;
        if (style.overflowX === "visible" && style.overflowY === "visible") continue;
        const edge = at.getBoundingClientRect();
        [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
        [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
      }
      return right - left > 1 && bottom - top > 1 ? new DOMRect(left, top, right - left, bottom - top) : null;
    };
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (element === null || text === "" || element.closest("script, style, template, option, noscript, title, desc")) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const fixed = element.closest(".bar, thead, .notices, .limits-panel") !== null;
      for (const line of range.getClientRects()) {
        const box = seen(element, line);
        if (box !== null) texts.push({ node, text, box, fixed });
      }
    }
    // Glyphs are smaller than their line.
    const inset = ({ left, top, width, height }: DOMRect) => new DOMRect(left + 1, top + height * 0.2, width - 2, height * 0.6);
    texts.sort((a, b) => a.box.top - b.box.top);
    texts.forEach((a, i) => {
      const one = inset(a.box);
      for (const b of texts.slice(i + 1)) {
        if (b.box.top > a.box.bottom) break;
        if (a.node === b.node) continue;
        const two = inset(b.box);
        const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        // What stays while the page scrolls lies above the page.
        if (a.fixed === b.fixed && across > 1.5 && down > 1.5) found.push(`“${a.text}” on “${b.text}”`);
      }
    });
    return found.slice(0, 10);
  });
}

/** What cannot be read, one of each card, with names that are long. */
const unreadable = [
  { name: "notes.txt", content: "Dear diary,\nno results today.\n" },
  { name: "empty_stats.csv", content: "" },
  { name: "cut.json", content: '[{"name": "/a", "method": "GET",' },
  { name: `${"a-very-long-name-without-a-blank-".repeat(6)}.csv`, content: `${"x".repeat(4000)}\n` },
  { name: "picture.png", content: "\u0089PNG\r\n\u001a\n" },
];

/** Each with what leads to it from the report. */
const STATES: Record<string, (page: Page) => Promise<void>> = {
  report: async () => {},
  "the charts that are folded": async (page) => {
    for (const more of await page.locator("details.charts-more > summary").all()) await more.click();
  },
  "what changed in error rates": async (page) => {
    await page.getByLabel("Metric of the chart").selectOption("error rate");
    await expect(page.locator("#changes svg").first()).toHaveAccessibleName(/^Error rate/);
  },
  "cards of errors": async (page) => {
    await drop(page, unreadable);
    await expect(page.getByRole("alert")).toHaveCount(unreadable.length);
  },
  "the limits": async (page) => {
    await page.keyboard.press("l");
    await expect(page.locator(".limits-panel")).toBeVisible();
  },
  "the share dialog": async (page) => {
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
  },
};

for (const width of [1280, 768, 390, 320]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`no text lies on another at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await open(page);
      expect(await faults(page), "start page").toEqual([]);
      for (const [name, lead] of Object.entries(STATES)) {
        await open(page);
        await drop(page, pair);
        await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
        await lead(page);
        expect(await faults(page), name).toEqual([]);
      }
    });
  }
}
