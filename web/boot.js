// Starts the page. A classic script in <head>, so that the theme is set before the first paint; an external one, since the
// content security policy allows no inline script.
//
// The start page is markup and works at once: what a person does before the programs have arrived is kept here, and
// done when they have.
(() => {
  "use strict";

  const root = document.documentElement;

  // What the toggle in the page stores: "light" or "dark"; anything else follows the system.
  const THEME_KEY = "loaddiff.theme";
  // Set while one repair is under way, so that a page which cannot be repaired is not loaded for ever.
  const REPAIR_KEY = "loaddiff.repair";
  // Longer than a slow phone on a slow line needs.
  const PATIENCE_MS = 10_000;

  const theme = read("localStorage", THEME_KEY);
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (new URLSearchParams(location.search).get("embed") === "1") root.classList.add("embedded");

  // Trunk writes the hashed names here (`pattern_script` in Trunk.toml); relative to the page, wherever it is served.
  const app = document.getElementById("loaddiff-app");
  const js = app && new URL(app.dataset.js, document.baseURI).href;
  const wasm = app && new URL(app.dataset.wasm, document.baseURI).href;
  const engineJs = app && new URL(app.dataset.engineJs, document.baseURI).href;
  const engineWasm = app && new URL(app.dataset.engineWasm, document.baseURI).href;
  // The release packs the engine with xz, and names what unpacks it.
  const unpackJs = app?.dataset.unpack && new URL(app.dataset.unpack, document.baseURI).href;

  // What a person did before the page's program was there, in order.
  let early = [];
  const listeners = new AbortController();
  keepEarly();
  // src/app/touch.rs takes it, once, and hears for itself from then on.
  window.loaddiffEarly = () => {
    listeners.abort();
    const kept = early;
    early = [];
    return kept;
  };
  // src/app/browser.rs calls this when the engine can be asked.
  window.loaddiffReady = ready;

  // Parts of the page as they were before the sample's report was shown there, by id: src/app/patch.rs needs them.
  window.loaddiffReplaced = {};
  const untilReady = new AbortController();
  document.addEventListener("click", ({ target, isTrusted }) => {
    // src/app/touch.rs clicks again for the engine.
    if (isTrusted && target.closest?.("[data-do=sample]")) showSample().catch(() => {});
  }, { signal: untilReady.signal });

  let state = "loading";
  const watchdog = setTimeout(slow, PATIENCE_MS);
  start();

  async function start() {
    try {
      if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
      if (!filesAreKept()) await painted();
      // All at once: neither waits for the other's way over the line.
      const engine = prepareEngine();
      const program = fetch(wasm);
      // A failure is told below, once.
      engine.then(keepFiles, () => {});
      program.catch(() => {});
      window.loaddiffEngine = (...given) => startEngine(engine, ...given);
      const module = await import(js);
      await documentRead();
      await module.default({ module_or_path: program });
      await engine;
    } catch (error) {
      await failed(error);
    }
  }

  // Resolves after the first paint: what is fetched then does not delay it. The end of the document is not waited for:
  // on a slow processor that is a quarter of a second in which nothing would come over the line.
  async function painted() {
    // In a tab that nobody looks at nothing is painted.
    if (document.visibilityState === "hidden") return documentRead();
    return drawn();
  }

  // Resolves when what is there now is drawn.
  function drawn() {
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }

  // Fetches what workers are made of, so that nothing is asked for once the page is ready, not even to replace a worker.
  // A worker is made from an object in memory: such a one is bound by the page's policy, one from an address is not.
  async function prepareEngine() {
    // The service worker has the engine unpacked.
    const unpacker = unpackJs && !filesAreKept() ? startUnpacker() : null;
    // The engine waits for it, and tells of a failure.
    unpacker?.catch(() => {});
    const compiled = fetched(engineWasm).then((answer) => compile(answer, unpacker));
    const script = fetched(engineJs).then((js) => js.arrayBuffer());
    const [before, module] = await Promise.all([script, compiled, keeperIsThere()]);
    const address = scriptOf(before, [hearWorker, lockName, locks, gone, `const keeper = ${window.loaddiffKeep};`, `(${inWorker})();`]);
    return { address, module };
  }

  async function fetched(address) {
    // The page's program is small, and goes first.
    const answer = await fetch(address, { priority: "low" });
    if (!answer.ok) throw new Error(`${address} cannot be had (${answer.status})`);
    return answer;
  }

  function scriptOf(before, parts) {
    return URL.createObjectURL(new Blob([before, `\n${parts.join("\n")}`], { type: "text/javascript" }));
  }

  async function compile(answer, unpacker) {
    // From the service worker it comes unpacked.
    if (/^application\/wasm\b/.test(answer.headers.get("Content-Type") ?? "")) return WebAssembly.compileStreaming(answer);
    if (!unpackJs) return WebAssembly.compile(await answer.arrayBuffer());
    return unpack(answer.body.getReader(), await (unpacker ?? startUnpacker()));
  }

  async function startUnpacker() {
    const script = await (await fetched(unpackJs)).arrayBuffer();
    return new Worker(scriptOf(script, [`(${inUnpacker})();`]));
  }

  // Unpacks and compiles while the bytes arrive, in a worker, so that the page stays free.
  async function unpack(packed, worker) {
    try {
      return await new Promise((done, failed) => {
        worker.onmessage = ({ data }) => (data instanceof WebAssembly.Module ? done(data) : failed(new Error(data)));
        worker.onerror = (event) => failed(new Error(event.message ?? "the engine could not be unpacked"));
        (async () => {
          for (let read = await packed.read(); !read.done; read = await packed.read()) worker.postMessage(read.value);
          worker.postMessage(null);
        })().catch(failed);
      });
    } finally {
      worker.terminate();
    }
  }

  // Runs behind the script of xz-decompress.
  function inUnpacker() {
    const packed = new ReadableStream({
      start: (stream) => (onmessage = ({ data }) => (data === null ? stream.close() : stream.enqueue(data))),
    });
    const unpacked = new Response(new self["xz-decompress"].XzReadableStream(packed), {
      headers: { "Content-Type": "application/wasm" },
    });
    WebAssembly.compileStreaming(unpacked).then(postMessage, (error) => postMessage(String(error)));
  }

  // web/keep.js is deferred: where the files are kept on this device, the engine may be prepared before it has run.
  async function keeperIsThere() {
    if (!window.loaddiffKeep && document.readyState !== "complete") {
      await new Promise((done) => ["DOMContentLoaded", "load"].forEach((event) => addEventListener(event, done, { once: true })));
    }
    if (!window.loaddiffKeep) throw new Error("web/keep.js cannot be had");
  }

  // Lets the service worker keep the page's files for a visit without a network. An update is looked for here, when the
  // page is loaded, and at no other time.
  async function keepFiles() {
    if (!app.dataset.worker || root.classList.contains("embedded")) return;
    try {
      const workers = navigator.serviceWorker;
      const registration = await workers.register(app.dataset.worker, { updateViaCache: "none" });
      const offer = () => workers.controller && registration.waiting && offerUpdate(registration.waiting);
      const watch = () => registration.installing?.addEventListener("statechange", offer);
      offer();
      watch();
      registration.addEventListener("updatefound", watch);
    } catch {
      // Storage is switched off, or the page is in a sandbox: it works without.
    }
  }

  // Whether the service worker answers for the page's files.
  function filesAreKept() {
    try {
      return Boolean(navigator.serviceWorker?.controller);
    } catch {
      return false;
    }
  }

  // The new version is used when a person says so, or once every tab of this one is closed.
  function offerUpdate(waiting) {
    const offer = document.getElementById("update");
    offer.hidden = false;
    offer.querySelector("button").onclick = () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage("update");
    };
    offer.querySelector("button + button").onclick = () => (offer.hidden = true);
  }

  // Kept files that do not work are no use for the next try.
  async function forgetFiles() {
    try {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.unregister();
      for (const name of await caches.keys()) if (name.startsWith("loaddiff-")) await caches.delete(name);
    } catch {
      // There are none.
    }
  }

  // What src/app/engine.rs calls: `heard` is called with each message, `died` when the engine is gone. A handle comes back
  // at once; the worker behind it when its program has arrived.
  function startEngine(engine, number, heard, died) {
    let worker = null;
    let ended = false;
    engine.then(
      ({ address, module }) => {
        if (ended) return;
        worker = new Worker(address);
        hearWorker(worker, number, heard, died);
        worker.postMessage({ module, address, role: "engine", lock: lockName("engine", number) });
      },
      // start() tells of it.
      () => {},
    );
    return {
      postMessage: (message) => worker?.postMessage(message),
      terminate: () => {
        ended = true;
        worker?.terminate();
      },
    };
  }

  // The same in the page for the engine, and in the engine for its readers.
  function hearWorker(worker, number, heard, died) {
    worker.onmessage = ({ data }) => {
      if (data instanceof Uint8Array) heard(number, data);
      else if (data?.locked) gone(data.locked).then((is) => is && died(number, "the browser gives no reason"));
      else died(number, data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      died(number, event.message ?? "it could not be started");
    };
  }

  function lockName(role, number) {
    return locks() ? `loaddiff.${role}.${number}.${Math.random()}` : null;
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

  // Runs in every worker, behind the script that wasm-bindgen wrote. A worker holds a lock as long as it lives: whoever
  // made it waits for the same one, and has it when the worker is gone, however it went.
  function inWorker() {
    const start = ({ module, address, role }) => {
      // What src/engine/browser.rs finds: the role, what is kept on this device, and how the engine starts a reader.
      self.loaddiff = {
        role,
        keep: role === "engine" ? keeper() : null,
        startReader: (number, heard, died) => {
          const worker = new Worker(address);
          hearWorker(worker, number, heard, died);
          worker.postMessage({ module, address, role: "reader", lock: lockName("reader", number) });
          return worker;
        },
      };
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
        postMessage({ locked: data.lock });
        start(data);
        return new Promise(() => {});
      });
      if (data.lock === null) start(data);
      else held().catch(() => start(data));
    };
  }

  // Keeps clicks, chosen files and drops until the page's program hears for itself.
  function keepEarly() {
    const on = (event, heard) => document.addEventListener(event, heard, { signal: listeners.signal });
    const keep = (item) => {
      early.push(item);
      const kept = document.getElementById("boot-kept");
      if (kept && state !== "failed") kept.hidden = false;
    };
    const side = (element) => element.closest?.("[data-side]")?.dataset.side ?? "anywhere";
    on("click", (event) => {
      const clicked = event.target.closest?.("[data-do], [data-page]");
      if (!clicked) return;
      event.preventDefault();
      early.push({ clicked });
      if (clicked.dataset.do === "sample") clicked.setAttribute("aria-busy", "true");
    });
    on("change", ({ target }) => {
      if (target.dataset?.files === undefined || target.files.length === 0) return;
      // A list of its own: the field is emptied.
      const list = new DataTransfer();
      for (const file of target.files) list.items.add(file);
      keep({ files: list.files, target: target.dataset.files });
      target.value = "";
    });
    for (const event of ["dragenter", "dragover"]) {
      on(event, (drag) => drag.dataTransfer?.types.includes("Files") && drag.preventDefault());
    }
    on("drop", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
      const entries = items.map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry);
      keep({ entries, dropped: [...event.dataTransfer.files], target: side(event.target) });
    });
  }

  // Shows the sample's report while the engine is on its way: the file holds what that will show. The click itself is kept
  // for the engine, which draws the same again and does what a person does meanwhile.
  async function showSample() {
    if (!app || filesAreKept()) return;
    const { sample, sampleNarrow } = app.dataset;
    const answer = await fetch(matchMedia("(max-width: 640px)").matches ? sampleNarrow : sample);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const { id, childNodes } of [...page.body.children]) {
      if (state !== "loading") return;
      const part = document.getElementById(id);
      window.loaddiffReplaced[id] ??= part.innerHTML;
      part.replaceChildren(...childNodes);
      // The verdict first: on a slow processor the rest takes a few times as long.
      if (document.getElementById("p-verdict").hasChildNodes()) await drawn();
    }
    document.getElementById("main").focus({ preventScroll: true });
    setTimeout(() => document.getElementById("boot-sample")?.removeAttribute("hidden"), 1_000);
  }

  function ready() {
    state = "ready";
    untilReady.abort();
    clearTimeout(watchdog);
    write(REPAIR_KEY, null);
    document.getElementById("boot")?.remove();
    root.dataset.boot = "ready";
  }

  // A page from the cache may name files that the next deploy removed. Fetching the page anew mends that.
  async function failed(error) {
    clearTimeout(watchdog);
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
    await forgetFiles();
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
