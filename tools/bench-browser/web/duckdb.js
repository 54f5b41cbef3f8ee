// DuckDB-WASM: the file as a handle that its worker reads from, the columns given so that it need not guess them.
import * as duckdb from "@duckdb/duckdb-wasm";

const DIST = new URL("/node_modules/@duckdb/duckdb-wasm/dist/", location.href);

const COLUMNS = {
  timeStamp: "BIGINT",
  elapsed: "INTEGER",
  label: "VARCHAR",
  responseCode: "VARCHAR",
  responseMessage: "VARCHAR",
  threadName: "VARCHAR",
  dataType: "VARCHAR",
  success: "BOOLEAN",
  failureMessage: "VARCHAR",
  bytes: "BIGINT",
  sentBytes: "BIGINT",
  grpThreads: "INTEGER",
  allThreads: "INTEGER",
  URL: "VARCHAR",
  Latency: "INTEGER",
  IdleTime: "INTEGER",
  Connect: "INTEGER",
};

const FILE = `read_csv('run.jtl', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
  columns = {${Object.entries(COLUMNS).map(([name, type]) => `'${name}': '${type}'`).join(", ")}})`;

const QUANTILES = "[0.5, 0.9, 0.95, 0.99]";

/** Counts and quantiles per label. */
const SCAN = `
  SELECT label, NULL AS slot, count(*)::INTEGER AS requests, (count(*) FILTER (NOT success))::INTEGER AS failures,
    quantile_cont(elapsed, ${QUANTILES}) AS quantiles
  FROM ${FILE} GROUP BY label`;

/**
 * What our report holds: that, with sums and extremes, causes of failures, and all of it again over time, in intervals
 * of 2^15 ms. By one scan that groups both ways: of the ways tried (two scans, a table of what is needed, a table of
 * counts per duration) the fastest.
 */
const SAME = `
  SELECT label, (timeStamp + elapsed) >> 15 AS slot, count(*)::INTEGER AS requests,
    (count(*) FILTER (NOT success))::INTEGER AS failures, quantile_cont(elapsed, ${QUANTILES}) AS quantiles,
    sum(elapsed) AS total, min(elapsed) AS least, max(elapsed) AS most, sum(bytes) AS bytes,
    min(timeStamp) AS began, max(timeStamp + elapsed) AS ended,
    histogram(responseMessage) FILTER (NOT success) AS causes
  FROM ${FILE} GROUP BY GROUPING SETS ((label), (label, slot)) ORDER BY label, slot`;

const QUERIES = { duckdb_scan: SCAN, duckdb_same: SAME };

export async function open(peer) {
  const worker = new Worker(new URL("duckdb-browser-eh.worker.js", DIST));
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  await db.instantiate(new URL("duckdb-eh.wasm", DIST).href);
  const connection = await db.connect();
  // Everything that it would load at the first query is there before the file is.
  await connection.query("SELECT quantile_cont(i, [0.5]) FROM range(10) t(i)");
  return async (file) => {
    await db.registerFileHandle("run.jtl", file, duckdb.DuckDBDataProtocol.BROWSER_FILEREADER, true);
    const answer = await connection.query(QUERIES[peer]);
    const labels = {};
    for (const row of answer) {
      if (row.slot === null) labels[row.label] = [row.requests, row.failures, [...row.quantiles]];
    }
    return { labels, rows: answer.numRows };
  };
}
