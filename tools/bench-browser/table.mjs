// The table, and its place in docs/performance.md.

/** The middle one; of an even number, the lower of the two. `null` where one is missing. */
export function median(values) {
  if (values.includes(null)) return null;
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

/** A row each: speed, what that is to the bare read and to loaddiff's one worker, memory. */
export function speedTable(rows, bytes) {
  const ms = (name) => rows.find((row) => row.name === name)?.ms;
  const ratio = (over, under) => (over === undefined || under === undefined ? "—" : (over / under).toFixed(2));
  const mb = (bytes) => (bytes === null ? "—" : (bytes / 1e6).toFixed(0));
  const lines = rows.map(({ title, ms: took, overBlank, overOwn, privateOverBlank }) => {
    const speed = (bytes / 1e3 / took).toFixed(0);
    const cells = [title, (took / 1e3).toFixed(2), speed, ratio(ms("bare"), took), ratio(took, ms("loaddiff")), mb(overBlank), mb(privateOverBlank), mb(overOwn)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| | s | MB/s | speed ÷ bare read | time ÷ loaddiff, one worker | peak MB over an empty page | of it private | peak MB over its own page before |",
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

/** The page with this text in the block of this name; `null` where it has none. */
export function fill(page, block, text) {
  const [begin, end] = [`<!-- ${block}: begin -->`, `<!-- ${block}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) return null;
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
}
