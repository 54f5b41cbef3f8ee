// The command line's answer, which the page's has to be.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect } from "@playwright/test";

export const root = resolve(__dirname, "../..");

/** What the command line prints; its exit code is the gate's, which the report holds too. */
export function commandLine(args: string[]): string {
  const program = process.env.LOADDIFF_CLI;
  if (program === undefined) throw new Error("LOADDIFF_CLI must name the command line; `cargo xtask test browser` sets it");
  try {
    return execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    if (status !== 1 && status !== 3) throw error;
    return stdout;
  }
}

/** The report without the moment it was made, which alone may differ. */
export function timeless(json: string): string {
  expect(json.match(/"made_at": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/g)).toHaveLength(1);
  return json.replace(/"made_at": "[^"]*"/, '"made_at": ""');
}
