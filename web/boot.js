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
  const workerJs = app && new URL(app.dataset.workerJs, document.baseURI).href;
  const workerWasm = app && new URL(app.dataset.workerWasm, document.baseURI).href;

  let state = "loading";
  const loading = setTimeout(() => show("boot-loading"), LOADING_MS);
  const watchdog = setTimeout(slow, PATIENCE_MS);
  start();

  async function start() {
    try {
      if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
      const [module] = await Promise.all([import(js), prepareWorkers()]);
      await documentRead();
      // Returns when `main` has: the page is mounted.
      await module.default({ module_or_path: wasm });
      ready();
    } catch (error) {
      await failed(error);
    }
  }

  // Fetches what workers are made of, so that nothing is asked for once the page is ready, not even to replace a worker.
  // A worker is made from an object in memory: such a one is bound by the page's policy, one from an address is not.
  async function prepareWorkers() {
    const bytes = (address) => fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`${address} cannot be had (${answer.status})`);
      return answer.arrayBuffer();
    });
    const [script, module] = await Promise.all([bytes(workerJs), bytes(workerWasm).then((b) => WebAssembly.compile(b))]);
    const address = URL.createObjectURL(new Blob([script, `\n(${inWorker})();`], { type: "text/javascript" }));
    // What src/app/workers.rs calls: `heard` is told each answer, `died` when the worker is gone, and why.
    window.loaddiffWorker = (number, heard, died) => {
      const worker = new Worker(address);
      const lock = locks() ? `loaddiff.worker.${number}.${Math.random()}` : null;
      worker.onmessage = ({ data }) => {
        if (data instanceof Uint8Array) heard(number, data);
        else if (data === "locked") gone(lock).then((is) => is && died(number, "the browser gives no reason"));
        else died(number, data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        died(number, event.message ?? "it could not be started");
      };
      worker.postMessage({ module, lock });
      return worker;
    };
  }

  // Runs in the worker, behind the script that wasm-bindgen wrote. The worker holds a lock as long as it lives: the page
  // waits for the same one, and has it when the worker is gone, however it went.
  function inWorker() {
    const start = ({ module }) => {
      try {
        wasm_bindgen.initSync({ module });
      } catch (error) {
        postMessage(String(error));
      }
    };
    onunhandledrejection = ({ reason }) => postMessage(String(reason));
    onmessage = ({ data }) => {
      onmessage = null;
      // Where the browser keeps locks from the page, the worker does without: it is only not missed as soon.
      const held = async () => navigator.locks.request(data.lock, () => {
        postMessage("locked");
        start(data);
        return new Promise(() => {});
      });
      if (data.lock === null) start(data);
      else held().catch(() => start(data));
    };
  }

  // The browser's locks; none where storage is switched off, or the page is in a sandbox.
  function locks() {
    try {
      return navigator.locks ?? null;
    } catch {
      return null;
    }
  }

  // Waits for the lock of a worker: true once that is gone, false where the browser does not tell.
  async function gone(lock) {
    try {
      return await locks().request(lock, () => true);
    } catch {
      return false;
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
