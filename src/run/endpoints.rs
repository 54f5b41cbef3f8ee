//! A run's endpoints, shared until they are changed.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Endpoint;

/// The endpoints of a [`Run`](super::Run). A copy shares them: a run is in several hands at once (the file it was read
/// from, the side it stands on, its comparison), and 10,000 endpoints with their response times are tens of megabytes.
/// Whoever changes them has their own from then on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Endpoints(Arc<Vec<Endpoint>>);

impl Deref for Endpoints {
    type Target = Vec<Endpoint>;

    fn deref(&self) -> &Vec<Endpoint> {
        &self.0
    }
}

/// Copies them first where others have them too.
impl DerefMut for Endpoints {
    fn deref_mut(&mut self) -> &mut Vec<Endpoint> {
        Arc::make_mut(&mut self.0)
    }
}

impl From<Vec<Endpoint>> for Endpoints {
    fn from(endpoints: Vec<Endpoint>) -> Self {
        Self(Arc::new(endpoints))
    }
}

impl FromIterator<Endpoint> for Endpoints {
    fn from_iter<I: IntoIterator<Item = Endpoint>>(endpoints: I) -> Self {
        endpoints.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Endpoints {
    type Item = Endpoint;
    type IntoIter = std::vec::IntoIter<Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'e> IntoIterator for &'e Endpoints {
    type Item = &'e Endpoint;
    type IntoIter = std::slice::Iter<'e, Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'e> IntoIterator for &'e mut Endpoints {
    type Item = &'e mut Endpoint;
    type IntoIter = std::slice::IterMut<'e, Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
