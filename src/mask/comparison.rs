//! The comparison with other names, judged again.

use std::collections::BTreeMap;

use super::aliases::Aliases;
use super::policy::{HIDDEN, Replaced, policy};
use super::{Kind, Leaving, Names, NamesDecide, Told, text};
use crate::compare::{Comparison, Row, Scope, compare};
use crate::run::{Endpoint, Note, Run};

/// What replaces the texts of a comparison.
struct Changes {
    hashed: bool,
    names: Aliases,
    services: Aliases,
    methods: Aliases,
    metrics: Aliases,
    labels: Aliases,
    files: Aliases,
    /// Causes, exceptions and notes.
    sentences: Aliases,
}

/// The comparison as it leaves: names as they are wanted, and every figure and verdict as they were.
///
/// # Errors
///
/// [`NamesDecide`], if the rules depend on names so that masking would change a verdict.
pub fn leaving(c: &Comparison, names: Names) -> Result<Leaving, NamesDecide> {
    let changes = Changes::of(c, names == Names::Hash);
    if names == Names::Keep {
        let mut texts = changes.told(c);
        texts.iter_mut().for_each(|told| told.after.clone_from(&told.before));
        return Ok(Leaving { comparison: None, texts });
    }
    let texts = changes.told(c);
    let Changes { names: by_name, services, methods, .. } = &changes;
    let by = Replaced { names: by_name, services, methods, hashed: changes.hashed };
    let policy = policy(c, &by)?;
    if !changes.hashed && policy == c.policy && !texts.iter().any(Told::is_masked) && !changes.change_any() {
        return Ok(Leaving { comparison: None, texts });
    }
    let judged = compare(changes.run(&c.baseline), changes.run(&c.run), policy);
    if !changes.same_verdicts(c, &judged) {
        return Err(NamesDecide);
    }
    Ok(Leaving { comparison: Some(judged), texts })
}

impl Changes {
    fn of(c: &Comparison, hashed: bool) -> Self {
        let runs = || [&c.baseline, &c.run].into_iter();
        let endpoints = || runs().flat_map(|run| run.endpoints.iter().chain(&run.total));
        let names = runs().flat_map(|run| run.endpoints.iter().map(|e| e.name.as_str()));
        let services = c.policy.matches.iter().map(|found| found.service.as_str());
        let failures = || runs().flat_map(|run| &run.failures);
        let methods = endpoints().filter_map(|e| e.method.as_deref());
        let files = runs().flat_map(|run| run.source.files.iter().map(|file| file.name.as_str()));
        let noted = runs().flat_map(|run| run.notes.iter().filter_map(|note| note.file.as_deref()));
        let mut sentences = Vec::new();
        for run in runs() {
            sentences.extend(run.failures.iter().map(|failure| failure.message.clone()));
            let exceptions = run.exceptions.iter();
            sentences.extend(exceptions.flat_map(|e| [e.message.clone(), e.traceback.clone()]));
            sentences.extend(run.notes.clone().iter_mut().flat_map(Note::texts_mut).map(std::mem::take));
            sentences.extend(run.source.files.iter().map(|file| file.evidence.clone()));
        }
        // Causes of one endpoint may become equal: they say the same.
        let sentences = Aliases::merged(sentences.iter().map(String::as_str), Kind::Message);
        Self {
            hashed,
            names: if hashed { Aliases::hashed(names) } else { Aliases::masked(names, Kind::Name) },
            services: Aliases::masked(services.chain(endpoints().filter_map(|e| e.service.as_deref())), Kind::Name),
            methods: Aliases::masked(methods.chain(failures().filter_map(|f| f.method.as_deref())), Kind::Name),
            metrics: Aliases::masked(endpoints().flat_map(|e| e.metrics.keys().map(String::as_str)), Kind::Name),
            labels: Aliases::masked(runs().map(|run| run.label.as_str()), Kind::File),
            files: Aliases::masked(files.chain(noted), Kind::File),
            sentences,
        }
    }

    fn change_any(&self) -> bool {
        [&self.names, &self.services, &self.methods, &self.metrics, &self.labels, &self.files, &self.sentences]
            .into_iter()
            .any(Aliases::change_any)
    }

    /// What is told, changed texts first.
    fn told(&self, c: &Comparison) -> Vec<Told> {
        let mut all = Vec::new();
        let mut put = |what: &'static str, aliases: &Aliases| {
            all.extend(aliases.iter().filter(|(before, _)| !before.is_empty()).map(|(before, after)| Told {
                what,
                before: before.to_owned(),
                after: after.to_owned(),
            }));
        };
        put("endpoint", &self.names);
        put("service", &self.services);
        put("label", &self.labels);
        put("file", &self.files);
        if !self.hashed {
            let of = |of: fn(&Run) -> Vec<&str>| -> Aliases {
                let texts = [&c.baseline, &c.run].into_iter().flat_map(of);
                Aliases::merged(texts, Kind::Message)
            };
            put("cause", &of(|run| run.failures.iter().map(|failure| failure.message.as_str()).collect()));
            put("exception", &of(|run| run.exceptions.iter().map(|exception| exception.message.as_str()).collect()));
        }
        let (mut changed, same): (Vec<Told>, Vec<Told>) = all.into_iter().partition(Told::is_masked);
        changed.extend(same);
        changed
    }

    fn endpoint(&self, e: &mut Endpoint, is_total: bool) {
        if !is_total {
            self.names.put(&mut e.name);
        }
        e.service.iter_mut().for_each(|service| self.services.put(service));
        e.method.iter_mut().for_each(|method| self.methods.put(method));
        if self.metrics.change_any() {
            let metrics = std::mem::take(&mut e.metrics).into_iter();
            e.metrics = crate::order::map(metrics.map(|(name, value)| (self.metrics.get(&name).to_owned(), value)));
        }
    }

    fn run(&self, run: &Run) -> Run {
        let mut run = run.clone();
        run.endpoints.iter_mut().for_each(|e| self.endpoint(e, false));
        run.total.iter_mut().for_each(|e| self.endpoint(e, true));
        crate::order::sort_by(&mut run.endpoints, |a, b| a.key().cmp(&b.key()));
        self.labels.put(&mut run.label);
        for file in &mut run.source.files {
            self.files.put(&mut file.name);
            self.sentences.put(&mut file.evidence);
        }
        run.notes.iter_mut().filter_map(|note| note.file.as_mut()).for_each(|file| self.files.put(file));
        let texts = run.notes.iter_mut().flat_map(Note::texts_mut);
        if self.hashed {
            run.failures.clear();
            run.exceptions.clear();
            texts.for_each(|text| HIDDEN.clone_into(text));
            return run;
        }
        texts.for_each(|text| self.sentences.put(text));
        for failure in &mut run.failures {
            match self.names.known(&failure.name) {
                Some(alias) => alias.clone_into(&mut failure.name),
                None => failure.name = text(&failure.name, Kind::Name).into_owned(),
            }
            failure.method.iter_mut().for_each(|method| self.methods.put(method));
            self.sentences.put(&mut failure.message);
        }
        for exception in &mut run.exceptions {
            self.sentences.put(&mut exception.message);
            self.sentences.put(&mut exception.traceback);
        }
        run
    }

    /// Whether every row of one comparison has its verdict in the other.
    fn same_verdicts(&self, a: &Comparison, b: &Comparison) -> bool {
        let whole = |c: &Comparison| (c.word, c.gate, c.counts, c.subjects.len());
        let judged = |rows: &[Row]| -> Vec<_> { rows.iter().map(|r| (r.verdict, r.reason, r.beyond)).collect() };
        let mut there: BTreeMap<_, _> = BTreeMap::new();
        for s in &b.subjects {
            there.insert((s.scope, s.name.as_str(), s.method.as_deref()), &s.rows);
        }
        whole(a) == whole(b)
            && a.subjects.iter().all(|s| {
                let name = match s.scope {
                    Scope::Endpoint => self.names.get(&s.name),
                    Scope::Service => self.services.get(&s.name),
                    Scope::Total => s.name.as_str(),
                };
                let method = s.method.as_deref().map(|method| self.methods.get(method));
                let other = there.get(&(s.scope, name, method));
                other.is_some_and(|rows| judged(rows) == judged(&s.rows))
            })
    }
}
