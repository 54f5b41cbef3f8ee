// Another host, which the page of `LOADDIFF_WITH_HOSTS` may fetch from: it serves the Locust fixtures, well and badly, and
// the page around an embedded report. Usage: node foreign.mjs PORT
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = new URL("../../", import.meta.url);
const port = Number(process.argv[2]);
const CORS = { "Access-Control-Allow-Origin": "*" };
// What has been asked for, by path: whether anything was is what some tests are about.
const asked = new Map();

const fixture = (name) => readFile(fileURLToPath(new URL(`tests/fixtures/locust/2.47.0/${name}`, ROOT)));

const ROUTES = {
  files: async (response, name) => response.writeHead(200, CORS).end(await fixture(name)),
  "no-cors": async (response, name) => response.writeHead(200).end(await fixture(name)),
  missing: (response) => response.writeHead(404, CORS).end("404: Not Found"),
  limited: (response) =>
    response.writeHead(429, { ...CORS, "Retry-After": "90", "Access-Control-Expose-Headers": "Retry-After" }).end(),
  // As api.github.com has it.
  "limited-by-time": (response) => {
    const reset = String(Math.floor(Date.now() / 1000) + 600);
    const headers = { ...CORS, "X-RateLimit-Reset": reset, "Access-Control-Expose-Headers": "X-RateLimit-Reset" };
    response.writeHead(403, headers).end();
  },
  forbidden: (response) => response.writeHead(403, CORS).end(),
  broken: (response) => response.writeHead(500, CORS).end(),
  "large-stated": (response) => response.writeHead(200, { ...CORS, "Content-Length": "150000000" }).write("x"),
  // Says no length and never ends.
  large: (response) => {
    response.writeHead(200, CORS);
    const block = Buffer.alloc(1 << 20, "x");
    const more = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on("drain", more);
    more();
  },
  cut: async (response, name) => {
    const content = await fixture(name);
    response.writeHead(200, { ...CORS, "Content-Length": content.length });
    response.write(content.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
  },
  // The first thousand bytes, and no more.
  slow: async (response, name) => response.writeHead(200, CORS).write((await fixture(name)).subarray(0, 1000)),
  gzip: async (response, name) =>
    response.writeHead(200, { ...CORS, "Content-Encoding": "gzip" }).end(gzipSync(await fixture(name))),
  text: (response, name) => response.writeHead(200, CORS).end(`no results: ${name}`),
  thresholds: (response) =>
    response.writeHead(200, CORS).end('[[rule]]\nmetric = "p95_latency_ms"\nbetter = "lower"\nfail = { any = ["+1000%"] }\n'),
  asked: (response, name) => response.writeHead(200, CORS).end(String(asked.get(name) ?? 0)),
  // docs/embed-example.html, around the page whose address is asked for.
  around: async (response, _, url) => {
    const example = await readFile(fileURLToPath(new URL("docs/embed-example.html", ROOT)), "utf8");
    const page = url.searchParams.get("page");
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(example.replace("https://example.org/loaddiff/?embed=1", page));
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const [, route, ...rest] = url.pathname.split("/");
  const name = decodeURIComponent(rest.join("/"));
  // Each test asks under a name of its own: `files/NAME?test=…`.
  const test = url.searchParams.get("test");
  if (test !== null) asked.set(test, (asked.get(test) ?? 0) + 1);
  try {
    const answer = ROUTES[route];
    if (answer === undefined) response.writeHead(url.pathname === "/" ? 200 : 404, CORS).end();
    else await answer(response, name, url);
  } catch {
    response.writeHead(404, CORS).end();
  }
}).listen(port, "127.0.0.1");
