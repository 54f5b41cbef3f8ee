//! The response time that decides when to stop.

use clap::ArgMatches;
use loaddiff::number;
use loaddiff::policy::{Policy, targets};
use loaddiff::run::{Endpoint, Metric, Percentile, Run};
use loaddiff::stats::sequential::Plan;

use crate::Failure;

/// The names of `--metric`.
pub const METRICS: [(&str, Metric); 5] = [
    ("p50", Metric::Latency(Percentile::P50)),
    ("p90", Metric::Latency(Percentile::P90)),
    ("p95", Metric::Latency(Percentile::P95)),
    ("p99", Metric::Latency(Percentile::P99)),
    ("mean", Metric::Mean),
];

/// Percent of a slowdown that matters, without `--change`, …
const USUAL_CHANGE: f64 = 10.0;
/// … and its smallest multiple of the limit.
const TIMES_LIMIT: f64 = 2.0;

/// A metric of all requests, or of an endpoint.
pub struct Watched {
    metric: Metric,
    endpoint: Option<String>,
}

impl Watched {
    pub fn of(args: &ArgMatches) -> Self {
        let name = args.get_one::<String>("metric").map_or("p50", String::as_str);
        let metric = METRICS.into_iter().find(|(of, _)| *of == name).map_or(Metric::Mean, |(_, metric)| metric);
        Self { metric, endpoint: args.get_one::<String>("endpoint").cloned() }
    }

    /// `p50 of all requests`.
    pub fn title(&self) -> String {
        let name = METRICS.iter().find(|(_, metric)| *metric == self.metric).map_or("", |(name, _)| name);
        format!("{name} of {}", self.endpoint.as_deref().unwrap_or("all requests"))
    }

    fn subject<'r>(&self, run: &'r Run) -> Option<&'r Endpoint> {
        match &self.endpoint {
            Some(text) => run.endpoints.iter().find(|e| e.label() == *text || e.name == *text),
            // A run of one endpoint has no other requests.
            None => run.total.as_ref().or_else(|| run.endpoints.first().filter(|_| run.endpoints.len() == 1)),
        }
    }

    fn figure(&self, run: &Run) -> Option<f64> {
        self.subject(run)?.value(&self.metric).number.filter(|value| *value > 0.0 && value.is_finite())
    }

    /// Base and head.
    pub fn figures(&self, (base, head): &(Run, Run)) -> Option<(f64, f64)> {
        self.figure(base).zip(self.figure(head))
    }

    /// ln(head ÷ base) of a round.
    pub fn ratio(&self, pair: &(Run, Run), round: usize) -> Result<f64, Failure> {
        if let Some((base, head)) = self.figures(pair) {
            return Ok(libm::log(head / base));
        }
        let (side, run) = if self.figure(&pair.0).is_none() { ("base", &pair.0) } else { ("head", &pair.1) };
        Err(self.lacks(side, run, round))
    }

    fn lacks(&self, side: &str, run: &Run, round: usize) -> Failure {
        let names: Vec<String> = run.endpoints.iter().take(5).map(Endpoint::shown).collect();
        let next = match (&self.endpoint, self.subject(run)) {
            (_, Some(_)) => "Choose another --metric.".to_owned(),
            (Some(_), None) => format!("Its endpoints are {}.", names.join(", ")),
            (None, None) => format!("Name an endpoint with --endpoint, such as {}.", names.join(", ")),
        };
        format!("round {round}: {side} has no {}. {next}", self.title())
    }

    /// The plan of at most `rounds` rounds: the limit is that of the thresholds at the figure of the first run.
    pub fn plan(&self, args: &ArgMatches, policy: &Policy, first: &Run, rounds: usize) -> Result<Plan, Failure> {
        let figure = self.figure(first).ok_or_else(|| self.lacks("base", first, 1))?;
        self.plan_at(args, policy, figure, self.subject(first), rounds)
    }

    /// The same at a figure in milliseconds.
    pub fn plan_at(
        &self,
        args: &ArgMatches,
        policy: &Policy,
        figure: f64,
        subject: Option<&Endpoint>,
        rounds: usize,
    ) -> Result<Plan, Failure> {
        let metric = self.metric.to_string();
        let rule = match subject.filter(|_| self.endpoint.is_some()) {
            Some(e) => {
                let method = e.method.as_deref();
                let service = policy.service_for(method, &e.name).map(|found| found.service.as_str());
                policy.rule_for(service.or(e.service.as_deref()), method, &e.name, &metric)
            }
            None => policy.rule_for(None, None, self.endpoint.as_deref().unwrap_or("Total"), &metric),
        };
        let target = rule.and_then(|rule| targets(rule, &policy.compare, figure).fail).filter(|target| !target.falls);
        let Some(target) = target else {
            return Err(format!(
                "{}: it has no limit on a rise of {}. Add a rule for {metric}, or choose another --metric.",
                policy.name,
                self.title()
            ));
        };
        let limit = (target.at / figure - 1.0) * 100.0;
        let given = args.get_one::<f64>("change").copied();
        let change = given.unwrap_or(USUAL_CHANGE.max(TIMES_LIMIT * limit));
        Plan::new(libm::log1p(limit / 100.0), libm::log1p(change / 100.0), rounds).ok_or_else(|| {
            format!(
                "--change: {} is not above the limit of {}, which is +{} of {}. Give a larger one.",
                number::percent(change),
                self.title(),
                number::percent(limit),
                number::latency_ms(figure)
            )
        })
    }
}

/// The geometric mean of some log ratios, as a change.
pub fn shown(ratios: &[f64]) -> String {
    let mean = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
    number::percent_change(libm::expm1(mean) * 100.0)
}
