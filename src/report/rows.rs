//! The rows of the endpoints table: the total, endpoints, heads of groups; and any part of them.

/// The rows of the table. Rows are indices into [`Comparison::subjects`](crate::compare::Comparison::subjects).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// The total, which only a filter by verdict hides.
    pub total: Option<usize>,
    /// The endpoints, filtered, grouped and sorted.
    pub lines: Vec<usize>,
    /// The groups, in their order; none where rows are not grouped.
    pub groups: Vec<Group>,
    /// Endpoints in the comparison.
    pub of: usize,
    /// Whether unchanged endpoints are hidden.
    pub hiding: bool,
    /// Endpoints hidden as unchanged.
    pub unchanged_hidden: usize,
    /// Unchanged endpoints, hidden or not.
    pub unchanged: usize,
}

/// Lines of the table under one head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What its lines have in common.
    pub name: String,
    /// The place of the first among [`Window::lines`].
    pub first: usize,
    /// How many there are.
    pub count: usize,
}

/// What stands in one row below the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'w> {
    /// The head of a group.
    Head(&'w Group),
    /// An endpoint.
    Line(usize),
}

impl Window {
    /// The subjects of all rows: the total first.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        self.total.iter().chain(&self.lines).copied()
    }

    /// Number of subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.total.is_some()) + self.lines.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a subject among the rows.
    #[must_use]
    pub fn place(&self, subject: usize) -> Option<usize> {
        self.order().position(|row| row == subject)
    }

    /// The subject `by` rows below another; the first row where the other is not there.
    #[must_use]
    pub fn step(&self, subject: Option<usize>, by: isize) -> Option<usize> {
        let to = match subject.and_then(|subject| self.place(subject)) {
            Some(at) => at.checked_add_signed(by)?,
            None => 0,
        };
        self.order().nth(to)
    }

    /// Rows below the total: heads of groups and endpoints.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.lines.len() + self.groups.len()
    }

    /// These rows below the total.
    pub fn drawn(&self, rows: std::ops::Range<usize>) -> impl Iterator<Item = Entry<'_>> {
        let mut group = self.groups.iter().enumerate().peekable();
        let mut heads = 0;
        // Heads above the rows are walked over; lines above them are not.
        while let Some((at, next)) = group.peek()
            && next.first + at < rows.start
        {
            heads = at + 1;
            group.next();
        }
        rows.filter_map(move |row| {
            if let Some((at, next)) = group.peek()
                && next.first + at == row
            {
                heads = at + 1;
                let head = Entry::Head(next);
                group.next();
                return Some(head);
            }
            self.lines.get(row - heads).map(|line| Entry::Line(*line))
        })
    }

    /// The row of a subject below the total, among all of them.
    #[must_use]
    pub fn row(&self, subject: usize) -> Option<usize> {
        let line = self.lines.iter().position(|line| *line == subject)?;
        Some(line + self.groups.iter().filter(|group| group.first <= line).count())
    }
}
