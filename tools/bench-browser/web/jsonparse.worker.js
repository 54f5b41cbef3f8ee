// k6's NDJSON as one would read it in JavaScript: the same stream as ours, cut into lines, JSON.parse for each line;
// requests, failures and percentiles per method and name. No timeline.
onmessage = async ({ data: file }) => {
  const reader = file.stream().getReader({ mode: "byob" });
  // Held by the worker itself: a reader that only a waiting promise holds can be collected as garbage, and never answers.
  self.reader = reader;
  const decoder = new TextDecoder();
  const endpoints = new Map();
  let buffer = new ArrayBuffer(1 << 20);
  let rest = "";
  const line = (text) => {
    if (text === "") return;
    const { type, metric, data } = JSON.parse(text);
    if (type !== "Point") return;
    if (metric !== "http_reqs" && metric !== "http_req_failed" && metric !== "http_req_duration") return;
    const { tags, value } = data;
    const key = `${tags.method} ${tags.name}`;
    let endpoint = endpoints.get(key);
    if (endpoint === undefined) endpoints.set(key, (endpoint = { requests: 0, failures: 0, durations: [] }));
    if (metric === "http_reqs") endpoint.requests += value;
    else if (metric === "http_req_failed") endpoint.failures += value;
    else endpoint.durations.push(value);
  };
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    lines.forEach(line);
    buffer = value.buffer;
  }
  line(rest + decoder.decode());
  const labels = {};
  for (const [key, { requests, failures, durations }] of endpoints) {
    const sorted = Float64Array.from(durations).sort();
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
    labels[key] = [requests, failures, [0.5, 0.9, 0.95, 0.99].map(at)];
  }
  postMessage({ labels });
};
postMessage("ready");
