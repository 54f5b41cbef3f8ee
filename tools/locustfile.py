"""Weighted traffic for tools/demo-server.py; for Locust 1.0 and newer.

    locust -f tools/locustfile.py --headless --host http://127.0.0.1:8765 \
        --users 20 --spawn-rate 10 --run-time 90s --csv base --json-file base

Every request is given a `name=`, so that paths with an id in them are counted
as one endpoint.

Locust's CSV writer wakes once a second and, unlike that of 1.0, writes nothing
when the run ends: the last second is usually missing from the files. Set the
environment variable SETTLE_SECONDS=2 to wait for the writer after the last
request, so that the CSV files agree with the JSON file.
"""

import os
import random
import time

from locust import HttpUser, between, events, task

SETTLE_SECONDS = float(os.environ.get("SETTLE_SECONDS", "0"))


@events.test_stop.add_listener
def settle(**_kwargs):
    """Users have stopped; the writer is a greenlet and goes on while we sleep."""
    time.sleep(SETTLE_SECONDS)


class DemoUser(HttpUser):
    wait_time = between(0.2, 0.6)

    @task(2)
    def health(self):
        self.client.get("/health", name="/health")

    @task(3)
    def models(self):
        self.client.get("/v1/models", name="/v1/models")

    @task(5)
    def chat(self):
        self.client.post("/v1/chat", json={"prompt": "Hello"}, name="/v1/chat")

    @task(5)
    def query(self):
        self.client.post("/query", json={"q": "select 1"}, name="/query")

    @task(4)
    def search(self):
        term = random.choice(["alpha", "beta", "gamma"])
        self.client.get("/search", params={"q": term}, name="/search")

    @task(3)
    def run_tool(self):
        self.client.post("/tools/run", json={"tool": "echo"}, name="/tools/run")

    @task(4)
    def read_user(self):
        self.client.get("/users/%d" % random.randint(1, 500), name="/users/[id]")

    @task(2)
    def write_user(self):
        self.client.put(
            "/users/%d" % random.randint(1, 500), json={"plan": "basic"}, name="/users/[id]"
        )
