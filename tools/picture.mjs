// Takes the README's picture: the release site with its sample data. `cargo xtask picture` builds the site and calls it.
//
//   node picture.mjs SITE FILE
import { join, normalize } from "node:path";
import { chromium } from "@playwright/test";

const ORIGIN = "http://localhost";
/** Without a change of the page's text for so long, all is drawn. */
const QUIET_MS = 1000;

const [site, file] = process.argv.slice(2);
const isRoot = process.getuid?.() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  args: ["--disable-gpu", ...(isRoot ? ["--no-sandbox"] : [])],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 },
    colorScheme: "light",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  await page.route(`${ORIGIN}/**`, (route) => {
    const path = decodeURIComponent(new URL(route.request().url()).pathname);
    return route.fulfill({ path: join(site, normalize(path.endsWith("/") ? `${path}index.html` : path)) });
  });
  await page.goto(`${ORIGIN}/`);
  await page.getByRole("button", { name: "Try sample data" }).click();
  await page.getByRole("row", { name: /POST\s+\/v1\/chat/ }).first().waitFor();
  await page.evaluate(
    (quiet) =>
      new Promise((resolve) => {
        let timer = setTimeout(resolve, quiet);
        new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(resolve, quiet);
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
    QUIET_MS,
  );
  // No control has the focus or the pointer.
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
  await page.screenshot({ path: file, animations: "disabled" });
} finally {
  await browser.close();
}
