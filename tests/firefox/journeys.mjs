// What a person does first, in the system's Firefox on the release site: drop, verdict, row, threshold, download, link.
// `cargo xtask firefox` installs what this needs and calls it. Screenshots go into tests/browser/screenshots/.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shots = join(root, "tests/browser/screenshots");
const port = process.env.PORT ?? "4176";
mkdirSync(shots, { recursive: true });
const locust = (run) => ["stats", "stats_history", "failures", "exceptions"].map((kind) => ({
  name: `${run}_${kind}.csv`,
  text: readFileSync(join(root, `tests/fixtures/locust/2.47.0/${run}_${kind}.csv`), "utf8"),
}));

const firefox = process.env.FIREFOX_PATH ?? ["firefox-esr", "firefox"]
  .flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
if (firefox === undefined) {
  console.error("Firefox was not found: install it, or name it with FIREFOX_PATH");
  process.exit(1);
}

const server = spawn("node", [join(root, "tests/browser/server.mjs"), port], { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => server.kill());
await new Promise((done) => server.stdout.once("data", done));
const downloads = mkdtempSync(join(tmpdir(), "loaddiff-firefox-"));
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  extraPrefsFirefox: {
    "browser.download.folderList": 2,
    "browser.download.dir": downloads,
    "browser.helperApps.neverAsk.saveToDisk": "text/html,application/json,text/markdown,text/csv,application/toml",
  },
});
let failed = 0;

/** One journey in a page of its own. */
async function journey(name, { width = 1280, height = 720, dark = false } = {}, walk) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.setDefaultTimeout(60_000);
  try {
    await page.setViewport({ width, height });
    if (dark) await page.evaluateOnNewDocument(() => localStorage.setItem("loaddiff.theme", "dark"));
    await page.goto(`http://127.0.0.1:${port}/loaddiff/`);
    await page.waitForSelector("html[data-boot=ready]");
    await walk(page);
    assert.deepEqual(errors, []);
    console.log(`passed  ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.stack ?? error}`);
    await page.screenshot({ path: join(shots, "firefox-failed.png") }).catch(() => {});
  } finally {
    await page.close();
  }
}

const text = (page, selector) => page.$eval(selector, (element) => element.innerText.replaceAll("\u00a0", " "));

async function until(page, what, ...given) {
  await page.waitForFunction(what, {}, ...given);
}

async function drop(page, files) {
  await page.evaluate((files) => {
    const data = new DataTransfer();
    for (const { name, text } of files) data.items.add(new File([text], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, files);
  await page.waitForSelector("#p-verdict [role=status]");
}

const VERDICT = /Regressed[^]*POST \/v1\/chat p50 rose from 240 ms to 390 ms/;
const both = [...locust("base"), ...locust("slow")];

for (const [width, dark] of [[1280, false], [1280, true], [390, false], [390, true]]) {
  await journey(`drop shows the verdict, ${width} px, ${dark ? "dark" : "light"}`, { width, height: 800, dark }, async (page) => {
    const name = `firefox-${width}-${dark ? "dark" : "light"}`;
    await page.screenshot({ path: join(shots, `${name}-start.png`) });
    await drop(page, both);
    assert.match(await text(page, "#p-verdict"), VERDICT);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  });
}

await journey("rows are at most 48 px high", {}, async (page) => {
  await drop(page, both);
  const heights = await page.$$eval("#p-endpoints tbody tr[id^=row-]", (rows) => rows.map((row) => row.offsetHeight));
  assert.ok(heights.length >= 8, `${heights.length} rows`);
  assert.ok(Math.max(...heights) <= 48, `${heights}`);
});

await journey("a row opens its details by keyboard", {}, async (page) => {
  await drop(page, both);
  await page.$$eval("#p-endpoints tbody tr[id^=row-]", (rows) => {
    rows.find((row) => row.textContent.includes("/search")).focus();
  });
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelector("#details-row h3")?.textContent.includes("/search"));
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY");
});

await journey("a moved limit changes the verdict", {}, async (page) => {
  await drop(page, both);
  await page.keyboard.press("l");
  await page.waitForSelector("#p-settings input");
  const fields = await page.$$("#p-settings input[inputmode], #p-settings input[type=number]");
  assert.ok(fields.length > 3, `${fields.length} fields`);
  for (const field of fields) {
    await field.evaluate((input) => {
      input.value = "900";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  await until(page, () => !document.querySelector("#p-verdict").innerText.includes("Regressed"));
});

await journey("the report is downloaded", {}, async (page) => {
  await drop(page, both);
  await page.$$eval("button", (all) => all.find((button) => button.textContent.trim() === "Download HTML").click());
  const end = Date.now() + 30_000;
  let name;
  while (name === undefined && Date.now() < end) {
    await new Promise((done) => setTimeout(done, 200));
    name = readdirSync(downloads).find((file) => file.endsWith(".html"));
  }
  assert.ok(name !== undefined, "no file was downloaded");
  assert.match(readFileSync(join(downloads, name), "utf8"), /Regressed/);
});

await journey("a link shows the same verdict", {}, async (page) => {
  await drop(page, both);
  await page.keyboard.press("s");
  await page.waitForSelector("#p-share [data-copy], #p-share textarea, #p-share output");
  const link = await page.evaluate(() => {
    const all = [...document.querySelectorAll("#p-share *")];
    const said = all.flatMap((element) => [element.value, element.dataset.copy, element.textContent]);
    return said.find((text) => /^https?:\S+#r\d\.\S+$/.test(text ?? ""));
  });
  assert.ok(link !== undefined, "no link");
  const other = await browser.newPage();
  await other.goto(link);
  await other.waitForSelector("#p-verdict [role=status]");
  assert.match(await text(other, "#p-verdict"), VERDICT);
  await other.close();
});

await journey("a reload keeps the report", {}, async (page) => {
  await drop(page, both);
  await until(page, () => location.hash !== "");
  await page.reload();
  await page.waitForSelector("#p-verdict [role=status]");
  assert.match(await text(page, "#p-verdict"), VERDICT);
});

await browser.close();
if (failed > 0) console.error(`${failed} journeys failed`);
process.exit(failed > 0 ? 1 : 0);
