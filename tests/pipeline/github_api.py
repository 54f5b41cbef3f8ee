#!/usr/bin/env python3
"""GitHub's API for issues and comments, as far as the pipeline needs it, on this machine.

    python3 tests/pipeline/github_api.py STATE.json

Prints its address, and writes what it holds to STATE.json after each change.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

STATE = {"issues": [], "comments": []}


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def content(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")

    def handle_method(self):
        content = self.content()
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            return self.answer(401, {"message": "Requires authentication"})
        address = urlsplit(self.path)
        parts = address.path.strip("/").split("/")[3:]
        if self.command == "GET" and parts == ["issues"]:
            wanted = {w for w in parse_qs(address.query).get("labels", [""])[0].split(",") if w}
            has = lambda issue: wanted <= {label["name"] for label in issue["labels"]}
            return self.answer(200, [i for i in STATE["issues"] if i["state"] == "open" and has(i)])
        if self.command == "POST" and parts == ["issues"]:
            number = len(STATE["issues"]) + len(STATE["comments"]) + 1
            issue = dict(content, number=number, state="open", html_url="http://127.0.0.1/issues/%d" % number,
                         labels=[{"name": name} for name in content["labels"]])
            STATE["issues"].append(issue)
            return self.changed(201, issue)
        if self.command == "PATCH" and len(parts) == 2:
            issue = next(i for i in STATE["issues"] if str(i["number"]) == parts[1])
            issue.update(content)
            return self.changed(200, issue)
        on = [c for c in STATE["comments"] if c["on"] == parts[1]]
        if self.command == "GET":
            return self.answer(200, on)
        comment = dict(content, on=parts[1], id=len(STATE["comments"]) + 1, user={"login": "bot", "type": "Bot"},
                       html_url="http://127.0.0.1/issues/%s#%d" % (parts[1], len(on) + 1))
        STATE["comments"].append(comment)
        return self.changed(201, comment)

    def changed(self, status, value):
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            json.dump(STATE, file, indent=1, ensure_ascii=False)
        self.answer(status, value)

    do_GET = do_POST = do_PATCH = handle_method

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
print("http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
