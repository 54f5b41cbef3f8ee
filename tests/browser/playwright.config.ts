// The browser tests: the release site, under a sub-path, in the system's Chromium. `cargo xtask test browser` sets
// CHROMIUM_PATH, PORT, and for links to files FOREIGN_PORT and LOADDIFF_WITH_HOSTS (the folder of a page that may fetch
// from that port).
import { defineConfig } from "@playwright/test";

const port = Number(process.env.PORT ?? 4173);
const foreign = Number(process.env.FOREIGN_PORT ?? 4174);
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  forbidOnly: process.env.CI !== undefined,
  fullyParallel: true,
  retries: 0,
  workers: 2,
  // What a test waits for, not what the page promises: a busy machine of two cores is several times slower.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    baseURL: `http://127.0.0.1:${port}/loaddiff/`,
    // Only what the page itself asks for: a browser of one's own would be asked for more.
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        ...(isRoot ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
      ],
    },
    viewport: { width: 1280, height: 720 },
  },
  webServer: [
    {
      command: `node server.mjs ${port}`,
      url: `http://127.0.0.1:${port}/loaddiff/`,
      reuseExistingServer: false,
    },
    {
      command: `node foreign.mjs ${foreign}`,
      url: `http://127.0.0.1:${foreign}/`,
      reuseExistingServer: false,
    },
  ],
});
