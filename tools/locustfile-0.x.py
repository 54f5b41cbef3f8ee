"""The traffic of tools/locustfile.py for Locust 0.11 to 0.14 (Python 3.6 or 3.7).

    locust -f tools/locustfile-0.x.py --no-web --host http://127.0.0.1:8765 \
        -c 6 -r 6 -t 12s --csv base

Kept apart because the class names changed in 1.0 (HttpLocust, TaskSet) and
`wait_time` did in 0.13. The name with a comma is there for readers that split
on commas. Set QUOTES=1 to add a name with double quotes: these versions write
it as it is, which makes a row that no CSV reader gets right.
"""

import os
import random

import locust
from locust import HttpLocust, TaskSet, task

QUOTES = os.environ.get("QUOTES") == "1"


class DemoTasks(TaskSet):
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

    @task(3)
    def search(self):
        self.client.get("/search?q=a,b", name="/search?q=a,b")

    @task(4)
    def read_user(self):
        self.client.get("/users/%d" % random.randint(1, 500), name="/users/[id]")

    @task(1 if QUOTES else 0)
    def quoted(self):
        self.client.get("/health", name='/say "hello, you"')


class DemoUser(HttpLocust):
    task_set = DemoTasks
    if hasattr(locust, "between"):  # 0.13 and newer, in seconds
        wait_time = locust.between(0.1, 0.3)
    else:  # in milliseconds
        min_wait = 100
        max_wait = 300
