"""10, 20, 40, then 80 users, for 30 s each.

    locust -f tools/locustfile-stages.py --headless --host http://127.0.0.1:8765 --csv stairs --csv-full-history --only-summary
"""
from locust import HttpUser, LoadTestShape, constant, task


class Buyer(HttpUser):
    wait_time = constant(0)

    @task
    def quote(self):
        self.client.get("/quote")


class Stages(LoadTestShape):
    levels = [10, 20, 40, 80]

    def tick(self):
        stage = int(self.get_run_time() // 30)
        return (self.levels[stage], 20) if stage < len(self.levels) else None
