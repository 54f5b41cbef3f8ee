"""Weighted traffic for tools/many-server.py; for Locust 2.

    ENDPOINTS=50 SETTLE_SECONDS=2 locust -f tools/locustfile-many.py --headless --host http://127.0.0.1:8765 \
        --users 40 --spawn-rate 20 --run-time 120s --csv base --json-file base --only-summary

`ENDPOINTS` is the number given to the server. `SETTLE_SECONDS`: see tools/locustfile.py.
"""

import os
import random
import sys
import time

from locust import HttpUser, between, events, task

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import catalogue  # noqa: E402

SETTLE_SECONDS = float(os.environ.get("SETTLE_SECONDS", "0"))
CALLED = catalogue.endpoints(int(os.environ.get("ENDPOINTS", "50")))
WEIGHTS = [endpoint.weight for endpoint in CALLED]


@events.test_stop.add_listener
def settle(**_kwargs):
    """Users have stopped; the CSV writer is a greenlet and goes on while we sleep."""
    time.sleep(SETTLE_SECONDS)


class ManyUser(HttpUser):
    wait_time = between(0.2, 0.5)

    @task
    def call(self):
        [endpoint] = random.choices(CALLED, WEIGHTS)
        self.client.request(endpoint.method, endpoint.path, name=endpoint.name)
