// A peer's page: the address names the peer (?peer=bare), the file input hands it the file. `ready` is set when it has
// loaded everything, `outcome` when the file is read: `{ at, found }` or `{ error }`.
const peer = new URL(location.href).searchParams.get("peer");

/** Peers that are a worker: it takes the file and answers once. */
const WORKERS = { bare: "bare.worker.js", papaparse: "papaparse.worker.js", jsonparse: "jsonparse.worker.js" };

const read = peer in WORKERS ? await fromWorker(WORKERS[peer]) : await (await import("./duckdb.js")).open(peer);

const input = document.querySelector("input");
input.addEventListener("change", async () => {
  try {
    const found = await read(input.files[0]);
    window.outcome = { at: performance.now(), found };
  } catch (error) {
    window.outcome = { error: String(error?.stack ?? error) };
  }
});
window.ready = true;

// Starts the worker, and waits until it says that it has.
async function fromWorker(script) {
  const worker = new Worker(script);
  const answer = () => new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(`${event.message} (${event.filename}:${event.lineno})`));
  });
  await answer();
  return (file) => {
    const found = answer();
    worker.postMessage(file);
    return found;
  };
}
