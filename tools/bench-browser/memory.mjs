// The renderer's memory: the resident set of the one process that holds the page and its workers. Linux alone; elsewhere
// there is no figure.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** Between two looks, in milliseconds, where the kernel does not keep the peak itself. */
const EVERY_MS = 50;

export const METHOD = "peak resident set of the renderer process (page and workers): the kernel's own VmHWM, reset before " +
  "the file is handed over, or VmRSS every 50 ms where it may not be reset";

/**
 * The process of the page. Chromium keeps spare renderers, so the page is told apart by working: it is the renderer whose
 * processor time grows.
 */
export async function rendererOf(page, browser) {
  if (process.platform !== "linux") return null;
  const cdp = await browser.newBrowserCDPSession();
  const times = async () => {
    const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]));
  };
  const before = await times();
  await page.evaluate(() => {
    const end = performance.now() + 300;
    while (performance.now() < end);
  });
  const after = await times();
  await cdp.detach();
  const grown = [...after].map(([id, time]) => [id, time - (before.get(id) ?? 0)]).sort((a, b) => b[1] - a[1]);
  return grown[0]?.[0] ?? null;
}

/** Resident now, in bytes. */
export function resident(pid) {
  return pid === null ? null : field(pid, "VmRSS");
}

/** Watches for the peak; the function that is returned ends it and tells the peak in bytes. To be called in any case. */
export function watch(pid) {
  if (pid === null) return () => null;
  let isReset = true;
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    isReset = false;
  }
  let seen = resident(pid);
  const timer = setInterval(() => (seen = Math.max(seen, resident(pid))), EVERY_MS);
  return () => {
    clearInterval(timer);
    return isReset ? field(pid, "VmHWM") : Math.max(seen, resident(pid));
  };
}

function field(pid, name) {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").split("\n").find((line) => line.startsWith(`${name}:`));
  // A process that has ended has none.
  return Number(line?.match(/\d+/)[0] ?? 0) * 1024;
}

/** Cores and memory, in words. */
export function machine(cores, bytes) {
  const system = process.platform === "linux" ? execFileSync("uname", ["-sm"], { encoding: "utf8" }).trim() : process.platform;
  return `${cores} cores, ${Math.round(bytes / 2 ** 30)} GiB of memory, ${system}`;
}
