// Starts the page. A classic script in <head>, so that the theme is set before the first paint; an external one,
// since the content security policy allows no inline script.
(() => {
  "use strict";

  const root = document.documentElement;

  // What the toggle in the page stores: "light" or "dark"; anything else follows the system.
  const THEME_KEY = "loaddiff.theme";
  // Set while one repair is under way, so that a page which cannot be repaired is not loaded for ever.
  const REPAIR_KEY = "loaddiff.repair";
  // Longer than a slow phone on a slow line needs.
  const PATIENCE_MS = 10_000;
  // No message flashes by when the page starts at once.
  const LOADING_MS = 400;

  const theme = read("localStorage", THEME_KEY);
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // Trunk writes the hashed names here (`pattern_script` in Trunk.toml); relative to the page, wherever it is served.
  const app = document.getElementById("loaddiff-app");
  const js = app && new URL(app.dataset.js, document.baseURI).href;
  const wasm = app && new URL(app.dataset.wasm, document.baseURI).href;

  let state = "loading";
  const loading = setTimeout(() => show("boot-loading"), LOADING_MS);
  const watchdog = setTimeout(slow, PATIENCE_MS);
  start();

  async function start() {
    try {
      if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
      const module = await import(js);
      await documentRead();
      // Returns when `main` has: the page is mounted.
      await module.default({ module_or_path: wasm });
      ready();
    } catch (error) {
      await failed(error);
    }
  }

  function ready() {
    state = "ready";
    settle();
    write(REPAIR_KEY, null);
    document.getElementById("boot")?.remove();
    root.dataset.boot = "ready";
  }

  // A page from the cache may name files that the next deploy removed. Fetching the page anew mends that.
  async function failed(error) {
    settle();
    if (state === "reloading") return;
    if (navigator.onLine !== false && (await repair())) return;
    state = "failed";
    root.dataset.boot = "failed";
    await documentRead();
    const reason = document.getElementById("boot-reason");
    if (reason) reason.textContent = sentence(error);
    show("boot-failed");
    console.error(error);
  }

  async function slow() {
    if (state !== "loading") return;
    show("boot-slow");
    // On a slow line the names are still right, and loading again would only begin from the start.
    const page = await fetchPage();
    if (state === "loading" && page !== null && !page.includes(app?.dataset.js)) await repair();
  }

  // Loads the page again, once; false when that was tried already.
  async function repair() {
    if (read("sessionStorage", REPAIR_KEY) !== null || !write(REPAIR_KEY, "tried")) return false;
    if ((await fetchPage()) === null) return false;
    state = "reloading";
    location.reload();
    return true;
  }

  // The page as the server has it now, past every cache; null when it cannot be had.
  async function fetchPage() {
    try {
      const answer = await fetch(location.href, { cache: "reload" });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  function settle() {
    clearTimeout(loading);
    clearTimeout(watchdog);
  }

  function show(id) {
    for (const message of document.querySelectorAll("#boot > p")) message.hidden = message.id !== id;
  }

  function documentRead() {
    if (document.readyState !== "loading") return undefined;
    return new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }

  function sentence(error) {
    const text = String(error?.message ?? error).trim();
    return /[.!?]$/.test(text) ? text : `${text}.`;
  }

  // Storage may be switched off: the page works without.
  function read(storage, key) {
    try {
      return window[storage].getItem(key);
    } catch {
      return null;
    }
  }

  function write(key, value) {
    try {
      if (value === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, value);
      return true;
    } catch {
      return false;
    }
  }
})();
