// Giving files to the page as a person does, and taking what it offers.
import { readFileSync } from "node:fs";
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
