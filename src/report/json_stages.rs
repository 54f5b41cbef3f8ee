//! The stages of a progressive load in the JSON report.

use serde::Serialize;

use super::stages::limits;
use crate::compare::{Curve, Level, Shift, StagedRun, Stages};
use crate::run::stages::Stage;

#[derive(Serialize)]
pub(super) struct StagesOut {
    /// What a level must keep to hold, in words.
    limits: String,
    baseline: SideOut,
    run: SideOut,
    levels: Vec<LevelOut>,
}

#[derive(Serialize)]
struct SideOut {
    holds_to: Option<u64>,
    holds_at_least: Option<u64>,
    fails_at: Option<u64>,
    requests_outside: u64,
    usl: Option<UslOut>,
}

#[derive(Serialize)]
struct UslOut {
    lambda_per_s: f64,
    sigma: f64,
    kappa: f64,
    knee: Option<f64>,
    knee_lower: Option<f64>,
    knee_upper: Option<f64>,
    knee_is_extrapolated: bool,
    max_per_s: Option<f64>,
}

#[derive(Serialize)]
struct LevelOut {
    users: u64,
    baseline: Option<StageOut>,
    run: Option<StageOut>,
    per_s_change: Option<ShiftOut>,
    mean_change: Option<ShiftOut>,
    p95_change: Option<ShiftOut>,
}

#[derive(Serialize)]
struct StageOut {
    users: u64,
    start_s: u64,
    seconds: u64,
    requests: u64,
    failures: u64,
    successes_per_s: f64,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    percentiles_of_windows: bool,
}

#[derive(Serialize)]
struct ShiftOut {
    pct: f64,
    lower: Option<f64>,
    upper: Option<f64>,
}

pub(super) fn stages(stages: &Stages) -> StagesOut {
    StagesOut {
        limits: limits(&stages.limits),
        baseline: side(&stages.baseline),
        run: side(&stages.run),
        levels: stages.levels.iter().map(level).collect(),
    }
}

fn side(side: &StagedRun) -> SideOut {
    let usl = |curve: &Curve| UslOut {
        lambda_per_s: curve.law.lambda,
        sigma: curve.law.sigma,
        kappa: curve.law.kappa,
        knee: curve.knee,
        knee_lower: curve.knee_between.lower,
        knee_upper: curve.knee_between.upper,
        knee_is_extrapolated: curve.is_beyond,
        max_per_s: curve.knee.map(|knee| curve.law.per_s(knee)),
    };
    SideOut {
        holds_to: side.held.users,
        holds_at_least: side.held.surely,
        fails_at: side.held.not,
        requests_outside: side.outside,
        usl: side.curve.as_ref().map(usl),
    }
}

fn level(level: &Level) -> LevelOut {
    LevelOut {
        users: level.users,
        baseline: level.baseline.as_ref().map(stage),
        run: level.run.as_ref().map(stage),
        per_s_change: level.per_s.map(shift),
        mean_change: level.mean.map(shift),
        p95_change: level.p95.map(shift),
    }
}

fn stage(stage: &Stage) -> StageOut {
    let percentiles = stage.percentiles;
    StageOut {
        users: stage.users,
        start_s: stage.start_s,
        seconds: stage.seconds,
        requests: stage.requests,
        failures: stage.failures,
        successes_per_s: stage.per_s(),
        mean_ms: stage.mean_ms,
        p50_ms: percentiles.and_then(|p| p.p50_ms),
        p95_ms: percentiles.and_then(|p| p.p95_ms),
        p99_ms: percentiles.and_then(|p| p.p99_ms),
        percentiles_of_windows: percentiles.is_some_and(|p| p.windows),
    }
}

fn shift(shift: Shift) -> ShiftOut {
    ShiftOut {
        pct: shift.pct,
        lower: shift.between.map(|between| between.lower),
        upper: shift.between.map(|between| between.upper),
    }
}
