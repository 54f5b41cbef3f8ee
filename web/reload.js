// `cargo xtask serve` alone: loads the page again after each build. Never part of the release (Trunk.dev.toml).
(() => {
  "use strict";

  const RETRY_MS = 2_000;
  const address = new URL(".well-known/trunk/ws", document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";

  connect(false);

  // A connection that comes back means that the server was started again, and the page may be an old one.
  function connect(again) {
    const socket = new WebSocket(address);
    socket.onopen = () => again && location.reload();
    socket.onclose = () => setTimeout(connect, RETRY_MS, true);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "reload") location.reload();
      if (message.type === "buildFailure") console.error("The build failed:", message.data.reason);
    };
  }
})();
