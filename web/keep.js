// Keeps comparisons on this device: in the browser's database, or in memory where there is none. web/boot.js puts this
// function into the engine's worker, where src/engine/keep.rs calls what it returns.
window.loaddiffKeep = function keeper() {
  "use strict";

  // Maximum number of comparisons and of bytes; the oldest go first.
  const MOST = 20;
  const LARGEST = 96_000_000;
  // Where the database cannot be had: id to { id, at, about, data }, until the page is closed.
  const memory = new Map();
  let opened = null;

  function open() {
    opened ??= new Promise((done, fail) => {
      // Throws where the browser keeps storage from the page.
      const request = indexedDB.open("loaddiff", 1);
      request.onupgradeneeded = () => {
        for (const name of ["about", "data"]) request.result.createObjectStore(name);
      };
      request.onsuccess = () => {
        const closed = () => (opened = null);
        request.result.onclose = closed;
        request.result.onversionchange = () => {
          request.result.close();
          closed();
        };
        done(request.result);
      };
      request.onerror = () => fail(request.error);
    });
    return opened;
  }

  // `work` is given both stores, and what it answers with is what comes back.
  async function within(mode, work) {
    const database = await open();
    return new Promise((done, fail) => {
      const all = database.transaction(["about", "data"], mode);
      let answer;
      all.oncomplete = () => done(answer);
      all.onabort = () => fail(all.error);
      work(all.objectStore("about"), all.objectStore("data"), (value) => (answer = value));
    });
  }

  const write = ({ id, at, about, data }, most, largest) => within("readwrite", (abouts, datas) => {
    abouts.get(id).onsuccess = ({ target }) => {
      const bytes = data === null ? (target.result?.bytes ?? 0) : data.length;
      abouts.put({ id, at, about, bytes }, id);
      if (data !== null) datas.put(data, id);
      abouts.getAll().onsuccess = ({ target }) => {
        let total = 0;
        target.result.sort((a, b) => b.at - a.at).forEach((one, place) => {
          total += one.bytes;
          if (one.id === id || (place < most && total <= largest)) return;
          abouts.delete(one.id);
          datas.delete(one.id);
        });
      };
    };
  });

  return {
    // Resolves with an empty text, or with why it is kept in memory alone.
    async put(id, at, about, data) {
      const item = { id, at, about, data };
      try {
        await write(item, MOST, LARGEST);
        return "";
      } catch (error) {
        const full = error?.name === "QuotaExceededError";
        try {
          if (full) {
            // What is older goes.
            await within("readwrite", (abouts, datas) => (abouts.clear(), datas.clear()));
            await write(item, MOST, LARGEST);
            return "";
          }
        } catch {
          // As where there is no database.
        }
        memory.set(id, { ...item, data: data ?? memory.get(id)?.data });
        for (const old of [...memory.keys()].slice(0, -MOST)) memory.delete(old);
        return full ? "full" : "denied";
      }
    },
    async get(id) {
      if (memory.has(id)) return memory.get(id);
      return within("readonly", (abouts, datas, answer) => {
        abouts.get(id).onsuccess = ({ target: { result: about } }) => {
          datas.get(id).onsuccess = ({ target: { result: data } }) => answer(about && data ? { about: about.about, data } : null);
        };
      });
    },
    async list() {
      const kept = await within("readonly", (abouts, _, answer) => {
        abouts.getAll().onsuccess = ({ target }) => answer(target.result);
      }).catch(() => []);
      return [...kept, ...memory.values()];
    },
    async forget(id) {
      id === null ? memory.clear() : memory.delete(id);
      await within("readwrite", (abouts, datas) => {
        for (const store of [abouts, datas]) id === null ? store.clear() : store.delete(id);
      });
    },
  };
};
