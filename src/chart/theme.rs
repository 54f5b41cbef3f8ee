//! Colours, by meaning.

use plotters::style::{Color, RGBAColor, RGBColor};

/// Meaning of a colour. It is drawn in the light theme's value, which is unique: [`super::svg`] turns it into a custom
/// property with that value as the fallback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Ink,
    Muted,
    Line,
    Baseline,
    Run,
    Critical,
    Warning,
    Improved,
    Unknown,
    Pass,
    Card,
}

impl Role {
    pub(super) const ALL: [Self; 11] = [
        Self::Ink,
        Self::Muted,
        Self::Line,
        Self::Baseline,
        Self::Run,
        Self::Critical,
        Self::Warning,
        Self::Improved,
        Self::Unknown,
        Self::Pass,
        Self::Card,
    ];

    /// The custom property's name without `--chart-`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ink => "ink",
            Self::Muted => "muted",
            Self::Line => "line",
            Self::Baseline => "baseline",
            Self::Run => "run",
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Improved => "improved",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::Card => "card",
        }
    }

    /// The light theme's value.
    pub(super) fn rgb(self) -> RGBColor {
        match self {
            Self::Ink => RGBColor(0x14, 0x17, 0x1c),
            Self::Muted => RGBColor(0x5d, 0x66, 0x75),
            Self::Line => RGBColor(0xe4, 0xe7, 0xec),
            Self::Baseline => RGBColor(0x87, 0x91, 0xa3),
            Self::Run => RGBColor(0x2f, 0x5f, 0xd0),
            Self::Critical => RGBColor(0xc2, 0x41, 0x0c),
            Self::Warning => RGBColor(0x8a, 0x61, 0x00),
            Self::Improved => RGBColor(0x0b, 0x6e, 0x99),
            Self::Unknown => RGBColor(0x4f, 0x58, 0x66),
            Self::Pass => RGBColor(0x4b, 0x55, 0x63),
            Self::Card => RGBColor(0xff, 0xff, 0xff),
        }
    }

    /// As in an attribute, e.g. `#2F5FD0`.
    pub(super) fn hex(self) -> String {
        let RGBColor(r, g, b) = self.rgb();
        format!("#{r:02X}{g:02X}{b:02X}")
    }

    pub(super) fn alpha(self, alpha: f64) -> RGBAColor {
        self.rgb().mix(alpha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_roles_share_a_value() {
        let mut values = Role::ALL.map(Role::hex).to_vec();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), Role::ALL.len());
    }
}
