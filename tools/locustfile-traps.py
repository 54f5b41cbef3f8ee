"""Traffic whose names and errors are hard on readers; made with Locust 2.47.

    locust -f tools/locustfile-traps.py --headless --host http://127.0.0.1:8765 \
        --users 8 --spawn-rate 8 --run-time 20s \
        --csv full --csv-full-history --json-file full

What ends up in the files: names with a comma, double quotes, a pipe,
backticks, markup, a line break, letters outside ASCII and a leading `=`; an
endpoint really called "Aggregated", like the total row; a failure with a
message of the same kind; an endpoint with no request at all (`N/A` in every
percentile column); an endpoint whose response time is never known; two tasks
that raise, with tracebacks of several lines.
"""

import random

from locust import HttpUser, between, events, task

NAMES = [
    "/search?a=1,b=2",
    '/say "hello"',
    "a|b|c",
    "`code` and ```fence```",
    "<img src=x onerror=alert(1)>",
    "first line\nsecond line",
    "/größe/日本",
    "=1+1",
]


@events.init.add_listener
def plan_empty_entry(environment, **_kwargs):
    """Asking for an entry makes one: it is written with zero requests.

    It has to be made after the start, which clears all entries.
    """
    environment.events.spawning_complete.add_listener(
        lambda **_kwargs: environment.stats.get("/never-called", "POST")
    )


def deepest(plan):
    return {"basic": 1}[plan]


def price_of(plan):
    return deepest(plan) * 2


class TrapUser(HttpUser):
    wait_time = between(0.1, 0.4)

    @task(16)
    def hard_names(self):
        self.client.get("/health", name=random.choice(NAMES))

    @task(4)
    def like_the_total(self):
        self.client.get("/v1/models", name="Aggregated")

    @task(3)
    def refused_answer(self):
        with self.client.get("/v1/models", name="/v1/models", catch_response=True) as response:
            response.failure('expected "ok", got <b>no</b> | `nothing`,\nsecond line')

    @task(2)
    def missing(self):
        self.client.get("/no/such/page", name="/no/such/page")

    @task(2)
    def untimed(self):
        """What clients for message queues do when there is no answer to time."""
        self.environment.events.request.fire(
            request_type="PUB", name="events/untimed", response_time=None,
            response_length=0, exception=None, context={},
        )

    @task(2)
    def broken_task(self):
        """Locust counts by traceback: both messages end up under the first."""
        price_of(random.choice(["gold", "it's \"silver\", really"]))

    @task(1)
    def other_broken_task(self):
        raise ValueError("no plan called 'gold',\nonly: basic | <b>none</b>")
