// A dropped history, runs with load stages, and digests.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { commandLine, timeless } from "./commandline";
import { download, drop, locust } from "./files";
import { expect, open, test } from "./page";

/** A history of twelve runs of a simulated test, the last five of them slower. */
function history(): string {
  const folder = mkdtempSync(join(tmpdir(), "loaddiff-"));
  try {
    const file = join(folder, "history.jsonl");
    for (let run = 1; run <= 12; run++) {
      const more = run > 7 ? ["--slower", "40"] : [];
      commandLine(["simulate", "api", "--seed", `${run}`, "--noise", "2", "--output-dir", folder, "--name", `r${run}`, ...more]);
      const day = `${run}`.padStart(2, "0");
      commandLine(["history", "add", join(folder, `r${run}_stats.csv`), "--to", file, "--label", `v${run}`, "--at", `2026-10-${day}T02:00:00Z`]);
    }
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`a dropped history shows since when a figure is worse, in the ${colorScheme} theme`, async ({ page, watched }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await open(page);
    const requests = watched.requests.length;
    await drop(page, [{ name: "history.jsonl", content: history() }]);
    const trend = page.locator("#p-trend");
    await expect(trend).toContainText("history.jsonl: 12 runs");
    await expect(trend).toContainText("since run 8 (v8, 2026-10-08)");
    await expect(trend.locator("svg").first()).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    expect(watched.requests.length).toBe(requests);
    expect(await watched.refused()).toEqual([]);
  });
}

test("runs with load stages show them, as the command line does", async ({ page }) => {
  await open(page);
  const kinds = ["stats", "stats_history"];
  await drop(page, [...locust("2.47.0/stairs", kinds), ...locust("2.47.0/stairs-slow", kinds)]);
  await expect(page.locator("#p-stages")).toContainText("Holds to");
  await expect(page.locator("#p-stages table").first().locator("tbody tr")).toHaveCount(4);
});

test("a digest stands for its files: the same report, byte for byte", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "loaddiff-"));
  try {
    const digest = (name: string) => {
      const files = ["stats", "stats_history", "failures", "exceptions"].map((kind) => `tests/fixtures/locust/2.47.0/${name}_${kind}.csv`);
      const output = join(folder, `${name}.digest.json`);
      commandLine(["digest", ...files, "--output", output]);
      return { name: `${name}.digest.json`, content: readFileSync(output), path: output };
    };
    const [base, slow] = [digest("base"), digest("slow")];
    await open(page);
    await drop(page, [base, slow]);
    await expect(page.getByRole("status", { name: "Verdict" })).toBeVisible();
    const report = await download(page, "Download JSON");
    const told = commandLine(["compare", "--baseline", base.path, "--run", slow.path, "--format", "json"]);
    expect(timeless(report.text)).toBe(timeless(told));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
