// The renderer's memory: the resident set of the one process that holds the page and its workers. Linux alone; elsewhere
// there is no figure.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** Between two looks, in milliseconds, where the kernel does not keep the peak itself. */
const EVERY_MS = 50;

export const METHOD = "peak resident set of the renderer process (page and workers): the kernel's own VmHWM, reset before " +
  "the file is handed over, or VmRSS every 50 ms where it may not be reset; private: what of it is no file's (RssAnon, " +
  "RssShmem), which leaves Chromium's own code out, every 50 ms";

/** Asked so often at most. */
const MOST_ASKED = 10;

/**
 * The process of the page. Chromium keeps spare renderers, so the page is told apart by working: it is the renderer whose
 * processor time grows, alone. Asked again while another's grows too: that of a page that is ending, or of Chromium's own
 * at its start.
 */
export async function rendererOf(page, browser) {
  if (process.platform !== "linux") return null;
  const cdp = await browser.newBrowserCDPSession();
  const times = async () => {
    const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]));
  };
  try {
    for (let asked = 0; asked < MOST_ASKED; asked += 1) {
      const before = await times();
      await page.evaluate(() => {
        const end = performance.now() + 300;
        while (performance.now() < end);
      });
      const after = await times();
      const grown = [...after].map(([id, time]) => [id, time - (before.get(id) ?? 0)]).sort((a, b) => b[1] - a[1]);
      if (grown.length > 0 && grown[0][1] > 0.1 && grown[0][1] > 4 * (grown[1]?.[1] ?? 0)) return grown[0][0];
    }
    throw new Error("the page's process cannot be told from others");
  } finally {
    await cdp.detach();
  }
}

/** Resident now, in bytes: all, and what of it is private. */
export function resident(pid) {
  if (pid === null) return { all: null, own: null };
  return { all: field(pid, "VmRSS"), own: field(pid, "RssAnon") + field(pid, "RssShmem") };
}

/** The most of two. */
function most(a, b) {
  return { all: Math.max(a.all, b.all), own: Math.max(a.own, b.own) };
}

/** Watches for the peak; the function that is returned ends it and tells the peak in bytes. To be called in any case. */
export function watch(pid) {
  if (pid === null) return () => ({ all: null, own: null });
  let isReset = true;
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    isReset = false;
  }
  let seen = resident(pid);
  const timer = setInterval(() => (seen = most(seen, resident(pid))), EVERY_MS);
  return () => {
    clearInterval(timer);
    seen = most(seen, resident(pid));
    return isReset ? { ...seen, all: field(pid, "VmHWM") } : seen;
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
