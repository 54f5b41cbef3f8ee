//! The built-in profiles: embedded thresholds files.

/// The built-in profiles by name, each with a one-line description.
pub const PROFILES: &[(&str, &str)] = &[
    (
        "default",
        "a sensible start: mean and p50 +5 %, p95 and p99 +10 %, errors +0.5 pp, throughput −10 %; half of each warns",
    ),
    ("seed-v1", "fixed thresholds on figures, per service, no statistics"),
];

/// The text of a built-in profile, as a starting point for a file; `None` for an unknown name.
pub fn profile_text(name: &str) -> Option<&'static str> {
    match name {
        "default" => Some(include_str!("profiles/default.toml")),
        "seed-v1" => Some(include_str!("profiles/seed-v1.toml")),
        _ => None,
    }
}
