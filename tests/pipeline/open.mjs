// Opens a link's comparison in Chromium, in the page that `cargo xtask build` made, and prints the verdict it shows.
// Usage: node open.mjs PAGE LINK
import { chromium } from "playwright-core";

const [page, link] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
const tab = await browser.newPage();
await tab.goto(page + new URL(link).hash);
console.log(await tab.locator("#p-verdict h1, #p-verdict h2").first().innerText({ timeout: 60_000 }));
await browser.close();
