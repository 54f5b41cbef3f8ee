// Giving files to the page as a person does, and taking what it offers.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "@playwright/test";

/** A file to be given: its name and content. */
export interface Given {
  name: string;
  content: string | Buffer;
}

/** A file of the repository. */
export function repository(path: string, name = basename(path)): Given {
  return { name, content: readFileSync(join(__dirname, "../..", path)) };
}

/** The files of one Locust run among the fixtures: `locust("2.47.0/base")`. */
export function locust(run: string, kinds = ["stats", "stats_history", "failures", "exceptions"]): Given[] {
  return kinds.map((kind) => repository(`tests/fixtures/locust/${run}_${kind}.csv`));
}

/** A summary with this many endpoints, every seventh slower if asked for. */
export function many(count: number, name: string, slower: boolean): Given {
  const header = String(locust("2.47.0/base", ["stats"])[0].content).split(/\r?\n/)[0];
  const rows = Array.from({ length: count }, (_, i) => {
    // A table that spreads wide would leave what did not change unclear.
    const factor = slower && i % 7 === 0 ? 3 : 1;
    const [mean, min, max, ...percentiles] = [52, 40, 75, 50, 53, 55, 57, 60, 62, 65, 67, 70, 72, 75].map((ms) => ms * factor);
    return `GET,/api/${i},2000,0,${percentiles[0]},${mean},${min},${max},10,10,0,${percentiles.join(",")}`;
  });
  return { name, content: [header, ...rows].join("\n") };
}

/** Drags the files over the element; letting go is another call. */
export async function drag(page: Page, files: Given[], over = "body"): Promise<() => Promise<void>> {
  const plain = files.map(({ name, content }) => ({ name, content: Buffer.from(content).toString("base64") }));
  const data = await page.evaluateHandle((files) => {
    const data = new DataTransfer();
    for (const { name, content } of files) {
      const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, plain);
  const target = page.locator(over);
  await target.dispatchEvent("dragenter", { dataTransfer: data });
  await target.dispatchEvent("dragover", { dataTransfer: data });
  return () => target.dispatchEvent("drop", { dataTransfer: data });
}

/** Drops the files in one gesture. */
export async function drop(page: Page, files: Given[], over = "body"): Promise<void> {
  await (await drag(page, files, over))();
}

/** Chooses files by an input, found by its accessible name. */
export async function choose(page: Page, input: string, files: Given[]): Promise<void> {
  await page.getByLabel(input, { exact: true }).setInputFiles(
    files.map(({ name, content }) => ({ name, mimeType: "", buffer: Buffer.from(content) })),
  );
}

/** Presses a download button: the file's name and its text. */
export async function download(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}

/**
 * Rows of a JMeter results file: 40 labels or others, one failure in 200 with commas, quotes and a line end in its message. The
 * same arguments give the same bytes.
 */
export function jtlRows(rows: number, slower = 1, labels = 40): string {
  const lines: string[] = [];
  let state = 12345;
  // Numerical Recipes' generator: enough to spread times.
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < rows; i++) {
    const label = i % labels;
    const factor = label === 7 ? slower : 1;
    const elapsed = Math.round((20 + 10 * (label % 40)) * Math.exp(0.4 * (random() + random() + random() - 1.5)) * factor);
    const failed = i % 200 === 199;
    const message = failed ? `"Test failed: expected ""total"", got\nnothing, ${label}"` : "";
    lines.push(
      `${1_700_000_000_000 + i * 5},${elapsed},GET /api/things/${label},${failed ? 500 : 200},${failed ? "Internal Server Error" : "OK"},` +
        `Thread Group 1-${1 + (i % 50)},text,${!failed},${message},${800 + (i % 977)},300,50,50,https://shop.example.test/api/things/${label}/${i % 1000},${elapsed - 1},0,1`,
    );
  }
  return lines.join("\n") + "\n";
}

const JTL_HEADER =
  "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";

/** A JMeter results file of so many rows. */
export function jtl(name: string, rows: number, slower = 1, labels = 40): Given {
  return { name, content: JTL_HEADER + jtlRows(rows, slower, labels) };
}

/** Writes a JMeter results file of about so many bytes to the disk, and returns its path. */
export function writeJtl(path: string, bytes: number): string {
  const block = jtlRows(20_000);
  const file = openSync(path, "w");
  writeSync(file, JTL_HEADER);
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block);
  closeSync(file);
  return path;
}

/** Chooses a file of the disk, however large, by an input. */
export async function chooseFromDisk(page: Page, input: string, path: string): Promise<void> {
  await page.getByLabel(input, { exact: true }).setInputFiles(path);
}
