//! What is simulated: services under the load of a scenario.

/// A load on several services.
#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    /// Users, and for how many seconds.
    pub stages: &'static [(u32, u32)],
    pub services: &'static [Service],
}

/// The figures of a service in a run. Times are milliseconds.
#[derive(Debug)]
pub struct Service {
    pub name: &'static str,
    pub requests: u32,
    pub failures: u32,
    pub median: u32,
    pub average: u32,
    pub min: u32,
    pub max: u32,
    /// Requests a second, as the simulator's CSV tells them.
    pub rps: u32,
}

/// A row of the table below.
const fn service(name: &'static str, counts: [u32; 2], times: [u32; 4], rps: u32) -> Service {
    let ([requests, failures], [median, average, min, max]) = (counts, times);
    Service { name, requests, failures, median, average, min, max, rps }
}

/// Every scenario.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "baseline",
        about: "1 user for 2 minutes, all services",
        stages: &[(1, 120)],
        services: &[
            service("api_gateway", [300, 1], [120, 150, 50, 500], 50),
            service("rag_service", [150, 0], [2000, 2500, 1000, 8000], 25),
            service("mcp_server", [90, 0], [3000, 3500, 500, 12_000], 15),
        ],
    },
    Scenario {
        name: "api",
        about: "10, 50 and 100 users for 5 minutes each, mostly api_gateway",
        stages: &[(10, 300), (50, 300), (100, 300)],
        services: &[
            service("api_gateway", [1500, 15], [150, 180, 50, 750], 35),
            service("rag_service", [300, 1], [2100, 2600, 1000, 8500], 24),
        ],
    },
    Scenario {
        name: "rag",
        about: "5, 25 and 50 users for 5 minutes each, rag_service and api_gateway",
        stages: &[(5, 300), (25, 300), (50, 300)],
        services: &[
            service("rag_service", [250, 3], [2200, 2700, 1000, 9000], 22),
            service("api_gateway", [600, 2], [140, 170, 50, 600], 45),
        ],
    },
    Scenario {
        name: "mcp",
        about: "5 and 20 users for 5 minutes each, mcp_server",
        stages: &[(5, 300), (20, 300)],
        services: &[service("mcp_server", [100, 0], [3200, 3700, 500, 13_000], 14)],
    },
];

impl Scenario {
    /// Seconds of the run.
    pub fn seconds(&self) -> u32 {
        self.stages.iter().map(|(_, seconds)| seconds).sum()
    }

    /// Users at a moment; 0 after the end.
    pub fn users_at(&self, ms: u64) -> u32 {
        let mut ends = 0;
        let stage = self.stages.iter().find(|(_, seconds)| {
            ends += u64::from(*seconds) * 1000;
            ms < ends
        });
        stage.map_or(0, |(users, _)| *users)
    }

    /// The moment by which a share of the requests was sent: a stage gets requests by its users and its time.
    pub fn moment(&self, share: f64) -> u64 {
        let weight = |&(users, seconds): &(u32, u32)| f64::from(users) * f64::from(seconds);
        let mut left = share * self.stages.iter().map(weight).sum::<f64>();
        let mut began = 0.0;
        for stage in self.stages {
            let (users, seconds) = stage;
            if left < weight(stage) {
                return ((began + left / f64::from(*users)) * 1000.0) as u64;
            }
            left -= weight(stage);
            began += f64::from(*seconds);
        }
        u64::from(self.seconds()) * 1000
    }
}
