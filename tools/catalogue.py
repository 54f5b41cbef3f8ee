"""A catalogue of up to 220 endpoints of several services, for `many-server.py` and `locustfile-many.py`.

What each endpoint is like (how often it is called, its median, its spread, its share of errors) follows from its name
alone, so that the server and the users agree without talking.
"""

import random

# Three styles of names, as one finds them in one company: REST under two prefixes, RPC, and GraphQL operations.
NESTED = [
    "wards", "patients", "admissions", "prescriptions", "lab-results", "imaging", "appointments", "referrals",
    "clinicians", "allergies", "vaccinations", "billing/claims", "billing/statements", "consents", "devices/readings",
    "encounters", "care-plans", "bed-board", "theatre-slots", "discharge-letters",
]
FORMS = [
    ("GET", "/clinic/{}", "/clinic/{}"),
    ("GET", "/clinic/{}/:id", "/clinic/{}/77"),
    ("POST", "/clinic/{}", "/clinic/{}"),
    ("PATCH", "/clinic/{}/:id", "/clinic/{}/77"),
    ("GET", "/clinic/{}/:id/timeline?from=:date", "/clinic/{}/77/timeline"),
    ("DELETE", "/clinic/{}/:id", "/clinic/{}/77"),
]
SERVICES = {
    "Scheduler": ["Book", "Cancel", "FindSlots", "ListRooms", "Reschedule", "Waitlist", "Confirm", "NoShow"],
    "Pharmacy": ["CheckInteractions", "Dispense", "ListFormulary", "Refill", "Substitute", "StockLevel"],
    "Identity": ["Login", "Logout", "RotateKeys", "WhoAmI", "Grant", "Revoke", "ListSessions"],
    "Notify": ["SendSms", "SendLetter", "Subscribe", "Unsubscribe", "DeliveryReport"],
    "Search": ["Suggest", "FullText", "ByCode", "Similar", "Facets", "Recent"],
}
OPERATIONS = [
    "WardOverview", "PatientHeader", "MedicationRound", "OpenTasks", "HandoverSheet", "VitalsChart", "Inbox",
    "SaveNote", "SignOff", "AssignNurse", "BedOccupancy", "DutyRoster", "LabTrends", "RiskScores", "CareTeam",
]


class Endpoint:
    """One endpoint: what is called, how it is named in the results, and what it is like."""

    def __init__(self, method, path, name):
        self.method, self.path, self.name = method, path, name
        own = random.Random("catalogue/{} {}".format(method, name))
        self.weight = own.choice([1, 1, 2, 3, 5, 8])
        self.median_ms = min(max(own.lognormvariate(4.1, 0.8), 6.0), 600.0)
        self.sigma = own.uniform(0.2, 0.6)
        self.error_share = own.uniform(0.002, 0.02) if own.random() < 0.25 else 0.0
        chance, slower, faster = own.random(), own.uniform(1.15, 1.9), own.uniform(0.65, 0.95)
        self.slowed = slower if chance < 0.12 else faster if chance > 0.9 else 1.0


def endpoints(count):
    """The first `count` of the catalogue, which is in an order that mixes the styles."""
    rest = [(m, path.format(n), name.format(n)) for n in NESTED for m, name, path in FORMS]
    calls = ["/rpc/{}.{}".format(service, verb) for service, verbs in SERVICES.items() for verb in verbs]
    rpc = [("POST", call, call) for call in calls]
    graphql = [("POST", "/graphql/" + o, "graphql " + o) for o in OPERATIONS]
    kinds = ["occupancy", "waiting-times", "cost-centre"]
    files = ["/internal/reports/{}-{:02}.json".format(kind, n) for kind in kinds for n in range(1, 12)]
    reports = [("GET", file, file) for file in files]
    every = rest + rpc + graphql + reports
    random.Random("catalogue").shuffle(every)
    if not 1 <= count <= len(every):
        raise SystemExit("there are 1 to {} endpoints, not {}".format(len(every), count))
    return [Endpoint(m, path, name) for m, path, name in every[:count]]
