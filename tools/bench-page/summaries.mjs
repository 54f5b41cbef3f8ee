// Locust summaries of a stated number of endpoints: the same seed gives the same bytes.

const HEAD =
  "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time," +
  "Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";
const TIMES = [1, 1.2, 1.35, 1.5, 1.9, 2.4, 3, 3.6, 5, 6, 7];

/** Mulberry32: uniform in [0, 1). */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A summary; every 97th endpoint of a slow run takes 1.4 times as long. */
export function summary(endpoints, seed, slow = false) {
  const [of, own] = [random(7), random(seed)];
  const rows = [HEAD];
  let all = 0;
  for (let i = 0; i < endpoints; i += 1) {
    const typical = 20 + 280 * of();
    const requests = Math.round(800 + 5000 * of() + 40 * own());
    const ms = typical * (1 + 0.04 * (own() - 0.5)) * (slow && i % 97 === 3 ? 1.4 : 1);
    const at = TIMES.map((factor) => Math.round(ms * factor));
    const method = ["GET", "POST", "PUT"][i % 3];
    rows.push(
      [method, `/api/service-${i % 7}/resource-${i}`, requests, Math.floor(requests / 500), at[0], (ms * 1.15).toFixed(4),
        (ms * 0.4).toFixed(3), at[10], 1234.5, (requests / 300).toFixed(4), (requests / 150_000).toFixed(6), ...at].join(","),
    );
    all += requests;
  }
  rows.push(["", "Aggregated", all, Math.floor(all / 500), 150, 170, 10, 2000, 1234, (all / 300).toFixed(3),
    (all / 150_000).toFixed(5), 150, 180, 200, 220, 300, 400, 500, 600, 900, 1100, 2000].join(","));
  return `${rows.join("\n")}\n`;
}
