// Ways to give files besides dropping them: pasting, and the addresses of files. And what a drop over a report asks.
import AxeBuilder from "@axe-core/playwright";
import { drop, locust } from "./files";
import { expect, open, test } from "./page";

const paste = (text: string, on = "body") =>
  `(() => { const data = new DataTransfer(); data.setData("text/plain", ${JSON.stringify(text)});
     document.querySelector("${on}").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); })()`;
const text = (run: string) => locust(run)[0].content.toString();

test("a pasted text is read as a file", async ({ page, watched }) => {
  await open(page);
  await page.evaluate(paste(text("2.47.0/base")));
  await expect(page.locator(".slot-filled")).toContainText("pasted text");
  await page.evaluate(paste(text("2.47.0/slow")));
  await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
  expect(watched.console).toEqual([]);
});

test("what is pasted into a field stays there", async ({ page }) => {
  await open(page);
  await page.getByText("From URL").click();
  await page.evaluate(paste("nonsense", "#from-run"));
  await page.evaluate(paste("nonsense"));
  await expect(page.getByRole("alert")).toHaveCount(1);
});

test("Paste reads the clipboard, or says which key does", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await page.evaluate((text) => navigator.clipboard.writeText(text), text("2.47.0/base"));
  await page.getByRole("button", { name: "Paste", exact: true }).click();
  await expect(page.locator(".slot-filled")).toContainText("pasted text");
  await page.evaluate(() => (navigator.clipboard.readText = () => Promise.reject(new Error("denied"))));
  await page.getByRole("button", { name: "Paste", exact: true }).click();
  await expect(page.getByRole("button", { name: "Press Ctrl+V" })).toBeVisible();
  await expect(page.locator("#paste-said")).toHaveText("The browser did not let the page read the clipboard. Paste with Ctrl+V or ⌘V.");
});

test("an empty clipboard is said to be empty", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await page.evaluate(() => (navigator.clipboard.readText = () => Promise.resolve(" ")));
  await page.getByRole("button", { name: "Paste", exact: true }).click();
  await expect(page.locator("#paste-said")).toBeVisible();
  await expect(page.locator("#paste-said")).toContainText("The clipboard holds no text.");
});

test("addresses that this page may not contact offer the download, and no button that cannot work", async ({ page, watched }) => {
  await open(page);
  await page.getByText("From URL").click();
  // Said before anything is typed.
  await expect(page.getByText("This page may fetch files from no other host: download them and drop them here.")).toBeVisible();
  await page.getByLabel("Baseline", { exact: true }).fill("https://example.org/a/base_stats.csv?x=1&y=2");
  await page.getByRole("textbox", { name: "Run", exact: true }).fill("https://example.org/run_stats.csv");
  await page.getByRole("textbox", { name: "Run", exact: true }).press("Enter");
  const panel = page.getByRole("region", { name: /^This link compares files from/ });
  await expect(panel).toContainText("not allowed to contact example.org");
  await expect(panel).toContainText("Download the file from example.org, then drop it here.");
  await expect(panel.getByRole("button")).toHaveText(["Cancel"]);
  await expect(panel.getByRole("link", { name: "Download the file" }).first()).toHaveAttribute("href", "https://example.org/a/base_stats.csv?x=1&y=2");
  expect(await watched.refused()).toEqual([]);
});

test("an address that is no link is named", async ({ page }) => {
  await open(page, "./#nonsense");
  await expect(page.getByRole("alert")).toContainText("nonsense");
  await expect(page.getByRole("alert")).toContainText("A link begins with #r1.");
});

test("a drop over a report asks beside the page; Escape changes nothing and gives the focus back", async ({ page }) => {
  await open(page);
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
  const share = page.getByRole("button", { name: "Share", exact: true });
  await share.focus();
  const third = [{ name: "third_stats.csv", content: text("2.47.0/base") }];
  await drop(page, third);
  const question = page.getByRole("dialog", { name: "Add to this comparison" });
  await expect(question.getByRole("button", { name: "Replace the run" })).toBeFocused();
  for (const name of ["Set as baseline", "Add as a repeat of the run"]) {
    await expect(question.getByRole("button", { name })).toBeVisible();
  }
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  // The page behind goes on.
  await expect(page.locator("dialog:modal")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(share).toBeFocused();
  await drop(page, third);
  await expect(question.getByRole("button", { name: "Replace the run" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator(".pill[data-side=run]")).toContainText("third");
});

test("a run is named by hand", async ({ page }) => {
  await open(page);
  await drop(page, [...locust("2.47.0/base"), ...locust("2.47.0/slow")]);
  await page.getByRole("button", { name: "Rename the run" }).click();
  await page.getByLabel("Name of the run").fill("release 2");
  await page.keyboard.press("Enter");
  await expect(page.locator(".pill[data-side=run]")).toContainText("release 2");
  await expect.poll(() => new URL(page.url()).hash).toMatch(/^#c=/);
  await page.reload();
  await expect(page.locator(".pill[data-side=run]")).toContainText("release 2");
});

for (const [name, content, says] of [
  ["shot.png", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), "This is an image, not a result file."],
  ["notes.pdf", Buffer.from("%PDF-1.7\n1 0 obj\n"), "This is a PDF document, not a result file."],
  ["results.xls", Buffer.from("d0cf11e0a1b11ae1000000000000", "hex"), "This is an Office document, not a result file."],
] as const) {
  test(`no result file: ${name}`, async ({ page }) => {
    await open(page);
    await drop(page, [{ name, content }]);
    await expect(page.getByRole("alert")).toContainText(says);
    await expect(page.getByRole("alert")).not.toContainText("npack");
    await expect(page.getByRole("alert").getByRole("button", { name: "Copy details" })).toBeVisible();
  });
}
