// PapaParse, streaming: requests and failures per label, no more. Rows stay arrays, which it makes fastest.
importScripts("/node_modules/papaparse/papaparse.min.js");

onmessage = ({ data: file }) => {
  const labels = new Map();
  let columns = null;
  Papa.parse(file, {
    skipEmptyLines: true,
    chunk({ data: rows }) {
      for (const row of rows) {
        if (columns === null) {
          columns = { label: row.indexOf("label"), success: row.indexOf("success") };
          continue;
        }
        const label = row[columns.label];
        let counts = labels.get(label);
        if (counts === undefined) labels.set(label, (counts = [0, 0]));
        counts[0] += 1;
        if (row[columns.success] !== "true") counts[1] += 1;
      }
    },
    complete() {
      postMessage({ labels: Object.fromEntries(labels) });
    },
    error(error) {
      throw error;
    },
  });
};
postMessage("ready");
