//! Where a link of some length can be used.

/// Where a link works, by the characters of the whole URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Less than 2,000: chat, mail and issue trackers.
    Everywhere,
    /// Less than 4,000, where Slack cuts.
    Most,
    /// Up to the 65,536 of a comment on GitHub: comments and files; chat truncates it.
    Comments,
    /// Longer than that.
    Browsers,
}

impl Fit {
    /// Where a URL of this many characters works.
    #[must_use]
    pub fn of(characters: usize) -> Self {
        match characters {
            0..2_000 => Self::Everywhere,
            2_000..4_000 => Self::Most,
            4_000..=65_536 => Self::Comments,
            _ => Self::Browsers,
        }
    }

    /// Stable identifier: `everywhere`, `most`, `comments`, `browsers`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Most => "most",
            Self::Comments => "comments",
            Self::Browsers => "browsers",
        }
    }

    /// Explanation for the sender.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Everywhere => "Short enough for chat, mail and trackers.",
            Self::Most => "Slack cuts near 4,000 characters; this is below, and some mail programs cut earlier.",
            Self::Comments => {
                "Too long for Slack, which cuts near 4,000 characters. A GitHub comment holds 65,536: it fits there."
            }
            Self::Browsers => "Too long for a GitHub comment, which holds 65,536 characters. Send a file instead.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_exact() {
        let codes = [0, 1_999, 2_000, 3_999, 4_000, 65_536, 65_537].map(|n| Fit::of(n).code());
        let expected = ["everywhere", "everywhere", "most", "most", "comments", "comments", "browsers"];
        assert_eq!(codes, expected);
    }
}
