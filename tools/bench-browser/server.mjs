// Serves what is measured: the release site under /loaddiff/, the peers' pages under /peers/, their packages under
// /node_modules/. No header is added but the type, as GitHub Pages does.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDERS = {
  "/loaddiff/": fileURLToPath(new URL("../../dist/", import.meta.url)),
  "/peers/": fileURLToPath(new URL("web/", import.meta.url)),
  "/node_modules/": fileURLToPath(new URL("node_modules/", import.meta.url)),
};
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Starts on a free port of 127.0.0.1; returns the address and what ends it. */
export function serve() {
  const server = createServer(async (request, response) => {
    const file = await fileOf(request.url).catch(() => null);
    if (file === null) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
      return;
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      resolve({ address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() });
    });
  });
}

// The file that an address names, or null where there is none.
async function fileOf(address) {
  const path = decodeURIComponent(new URL(address, "http://localhost").pathname);
  const base = Object.keys(FOLDERS).find((base) => path.startsWith(base));
  if (base === undefined) return null;
  const name = path.endsWith("/") ? `${path}index.html` : path;
  const file = join(FOLDERS[base], normalize(name.slice(base.length)));
  if (!file.startsWith(FOLDERS[base])) return null;
  const about = await stat(file).catch(() => null);
  return about?.isFile() ? file : null;
}
