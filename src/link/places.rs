//! Where a link of some length can be put.

/// How far a link gets, by the characters of the whole address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Less than 2,000: chat, mail and trackers take it.
    Everywhere,
    /// Less than 4,000, where Slack cuts.
    Most,
    /// Up to the 65,536 of a comment on GitHub: a comment, or a file, takes it; chat cuts it.
    Comments,
    /// Longer than that.
    Browsers,
}

impl Fit {
    /// How far an address of so many characters gets.
    #[must_use]
    pub fn of(characters: usize) -> Self {
        match characters {
            0..2_000 => Self::Everywhere,
            2_000..4_000 => Self::Most,
            4_000..=65_536 => Self::Comments,
            _ => Self::Browsers,
        }
    }

    /// A stable name: `everywhere`, `most`, `comments`, `browsers`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Most => "most",
            Self::Comments => "comments",
            Self::Browsers => "browsers",
        }
    }

    /// What that means for whoever sends it.
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
    fn the_limits_are_those_of_the_places() {
        let codes = [0, 1_999, 2_000, 3_999, 4_000, 65_536, 65_537].map(|n| Fit::of(n).code());
        let expected = ["everywhere", "everywhere", "most", "most", "comments", "comments", "browsers"];
        assert_eq!(codes, expected);
    }
}
