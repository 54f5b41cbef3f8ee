// Serves dist/ under /loaddiff/, as GitHub Pages serves a project's site: no header is added but the type and the one that
// Pages sets. Beside it, under /with-hosts/, LOADDIFF_WITH_HOSTS: the same page, allowed to fetch from another host.
// Nothing else answers. Usage: node server.mjs PORT
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BASE = "/loaddiff/";
const SITES = {
  [BASE]: here("../../dist/"),
  "/with-hosts/": join(process.env.LOADDIFF_WITH_HOSTS ?? here("../../target/dist-hosts/"), "/"),
};
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const port = Number(process.argv[2]);

createServer(async (request, response) => {
  const file = await fileOf(request.url).catch(() => null);
  // As Pages does: so it is the page's policy alone that refuses, where a test asks another origin.
  response.setHeader("Access-Control-Allow-Origin", "*");
  if (file === null) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
    return;
  }
  response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}${BASE}`));

// The file that an address names, or null where there is none.
async function fileOf(address) {
  const path = decodeURIComponent(new URL(address, "http://localhost").pathname);
  const base = Object.keys(SITES).find((base) => path.startsWith(base));
  if (base === undefined) return null;
  const name = path.endsWith("/") ? `${path}index.html` : path;
  const file = join(SITES[base], normalize(name.slice(base.length)));
  if (!file.startsWith(SITES[base])) return null;
  const about = await stat(file).catch(() => null);
  return about?.isFile() ? file : null;
}
