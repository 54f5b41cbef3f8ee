// Keeps the page's own files, so that it works without a network and never mixes two versions.
// `cargo xtask build` writes the version and the files, each with its SHA-256, into the two constants.
"use strict";

const VERSION = "development";
const FILES = [];

const PREFIX = "loaddiff-";
const CACHE = PREFIX + VERSION;
const addresses = new Map(FILES.map(([name]) => [new URL(name, registration.scope).href, name]));

// All files or none: one that is of another version has another hash, and this version is not installed.
addEventListener("install", (event) => event.waitUntil(store()));

async function store() {
  const unpacker = FILES.find(([name]) => name.startsWith("./xz-"));
  if (unpacker) importScripts(unpacker[0]);
  const cache = await caches.open(CACHE);
  const stored = FILES.map(async ([name, integrity]) => {
    // The page keeps its name when it changes, so a browser's cache may hold an older one.
    const answer = await fetch(new Request(name, { integrity, cache: name === "./" ? "reload" : "default" }));
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    await cache.put(name, name.endsWith(".xz") ? unpacked(answer) : answer);
  });
  try {
    await Promise.all(stored);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

// The engine is unpacked once, not at every visit.
function unpacked({ body }) {
  return new Response(new self["xz-decompress"].XzReadableStream(body), { headers: { "Content-Type": "application/wasm" } });
}

addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

// Sent when a person asks for the new version. Without that it waits until every tab of the old one is closed.
addEventListener("message", ({ data }) => {
  if (data === "update") skipWaiting();
});

// Answers for the page's own files alone. Any other request goes its own way, under the page's policy.
addEventListener("fetch", (event) => {
  const { request } = event;
  // The page asks past every cache when it repairs itself.
  if (request.method !== "GET" || request.cache === "reload") return;
  const address = new URL(request.url);
  [address.search, address.hash] = ["", ""];
  const name = addresses.get(address.href);
  if (name !== undefined) event.respondWith(kept(name, request));
});

async function kept(name, request) {
  return (await caches.match(name, { cacheName: CACHE })) ?? fetch(request);
}
