// The file's bytes and nothing else, as fast as the browser gives them: a stream that fills one buffer of 1 MiB.
onmessage = async ({ data: file }) => {
  const reader = file.stream().getReader({ mode: "byob" });
  // Held by the worker itself: a reader that only a waiting promise holds can be collected as garbage, and never answers.
  self.reader = reader;
  let buffer = new ArrayBuffer(1 << 20);
  let bytes = 0;
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    bytes += value.length;
    buffer = value.buffer;
  }
  postMessage({ bytes });
};
postMessage("ready");
