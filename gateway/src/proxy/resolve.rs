//! [`Resolver`]: the addresses of names, looked up and kept for a while.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use http::uri::Authority;
use tokio::sync::watch;

use crate::time::{now, within};

/// The age at which an answer is looked up again. The system does not report the time to live of an answer.
pub(crate) const FRESH: Duration = Duration::from_secs(10);

/// The age up to which an answer is used while the name is looked up again.
pub(crate) const RECENT: Duration = Duration::from_secs(30);

/// The age up to which the last good answer is used while look-ups fail.
pub(crate) const KEPT: Duration = Duration::from_secs(600);

/// The time between a failed look-up and the next one.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// The time after which a look-up counts as failed. It still runs, and no other look-up begins meanwhile.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The limit for the addresses of one name.
pub(crate) const ADDRESSES: usize = 64;

/// One look-up of a name and a port.
pub(crate) type LookingUp = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Looks names up.
pub(crate) type LookUp = dyn Fn(&str, u16) -> LookingUp + Send + Sync;

/// Reports the reason when the look-ups of a name begin to fail, and `None` when they succeed again.
pub(crate) type Report = dyn Fn(&str, Option<&str>) + Send + Sync;

/// The addresses of names, looked up and kept for a while. Clones share them.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<Shared>);

struct Shared {
    look_up: Box<LookUp>,
    report: Box<Report>,
    /// Weak, so that unused names are forgotten.
    names: Mutex<HashMap<(String, u16), Weak<Name>>>,
}

/// A name with a port, and its known addresses.
pub(crate) struct Name {
    host: String,
    port: u16,
    resolver: Resolver,
    answer: watch::Sender<Answer>,
    /// True while a look-up runs. There is never more than one.
    is_running: AtomicBool,
}

/// The results of the look-ups of a name so far.
struct Answer {
    /// The last good addresses, in a stable order.
    addresses: Arc<[SocketAddr]>,
    /// Changes with the addresses.
    generation: u64,
    /// The time of the last good answer.
    good: Option<Instant>,
    /// The end of the last look-up.
    ended: Option<Instant>,
    /// The reason if the last look-up failed.
    failure: Option<Arc<str>>,
}

/// Returns the host of an authority. An IPv6 address has no brackets.
pub(crate) fn bare_host(authority: &Authority) -> &str {
    let host = authority.host();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The error for a name without an address.
#[derive(Clone, Debug, Default, thiserror::Error)]
#[error("cannot look up `{host}`: {why}")]
pub(crate) struct Unresolved {
    host: String,
    why: Arc<str>,
}

impl Resolver {
    /// Creates a resolver that asks the system, except for names with `fixed` addresses.
    pub(crate) fn of_the_system(fixed: Vec<(String, Vec<IpAddr>)>, report: Box<Report>) -> Self {
        let look_up = move |host: &str, port| -> LookingUp {
            if let Some((_, addresses)) = fixed.iter().find(|(name, _)| name == host) {
                let addresses = addresses.iter().map(|&address| SocketAddr::new(address, port)).collect();
                return Box::pin(std::future::ready(Ok(addresses)));
            }
            let place = (host.to_owned(), port);
            Box::pin(async move { Ok(tokio::net::lookup_host(place).await?.collect()) })
        };
        Self::new(Box::new(look_up), report)
    }

    pub(crate) fn new(look_up: Box<LookUp>, report: Box<Report>) -> Self {
        Self(Arc::new(Shared { look_up, report, names: Mutex::default() }))
    }

    /// Returns the name, which all of its users share.
    pub(crate) fn name(&self, host: &str, port: u16) -> Arc<Name> {
        let mut names = self.0.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|_, name| name.strong_count() > 0);
        let key = (host.to_ascii_lowercase(), port);
        if let Some(name) = names.get(&key).and_then(Weak::upgrade) {
            return name;
        }
        let answer = watch::Sender::new(Answer::none());
        let (host, resolver) = (key.0.clone(), self.clone());
        let name = Arc::new(Name { host, port, resolver, answer, is_running: AtomicBool::new(false) });
        names.insert(key, Arc::downgrade(&name));
        name
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl Name {
    /// Returns true if its addresses can be used without a wait. Looks the name up again when that is due.
    pub(crate) fn is_recent(self: &Arc<Self>, now: Instant) -> bool {
        let (is_due, is_recent) = {
            let answer = self.answer.borrow();
            (answer.is_due(now), answer.is_recent(now))
        };
        if is_due && !self.is_running.swap(true, Ordering::AcqRel) {
            tokio::spawn(Arc::clone(self).look_up());
        }
        is_recent
    }

    /// Returns the generation of the last good addresses, which changes with them, and the addresses.
    pub(crate) fn addresses(&self) -> (u64, Arc<[SocketAddr]>) {
        let answer = self.answer.borrow();
        (answer.generation, Arc::clone(&answer.addresses))
    }

    /// Returns the generation of the last good addresses.
    pub(crate) fn generation(&self) -> u64 {
        self.answer.borrow().generation
    }

    /// Waits until a look-up has ended, but not longer than `limit`. Returns at once if none is due or running.
    ///
    /// # Errors
    ///
    /// Returns an error if there is still no address that may be used.
    pub(crate) async fn look(self: Arc<Self>, limit: Option<Duration>) -> Result<(), Unresolved> {
        let mut answers = self.answer.subscribe();
        let before = self.answer.borrow().ended;
        self.is_recent(now());
        let ended = answers.wait_for(|answer| answer.ended != before || !answer.is_due(now()));
        let is_late = within(limit.unwrap_or(KEPT), ended).await.is_none();
        let answer = self.answer.borrow();
        if answer.is_usable(now()) {
            return Ok(());
        }
        let why = answer.failure.clone().filter(|_| !is_late);
        Err(Unresolved { host: self.host.clone(), why: why.unwrap_or_else(|| "no answer in time".into()) })
    }

    /// Looks the name up once.
    async fn look_up(self: Arc<Self>) {
        let running = Running(&self);
        let mut found = (self.resolver.0.look_up)(&self.host, self.port);
        let found = if let Some(found) = within(PATIENCE, &mut found).await {
            found
        } else {
            self.take(Err(io::Error::new(io::ErrorKind::TimedOut, "the name server does not answer")));
            found.await
        };
        drop(running);
        self.take(found);
    }

    /// Takes the result of a look-up.
    fn take(&self, found: io::Result<Vec<SocketAddr>>) {
        let none = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let found = found.and_then(|found| if found.is_empty() { Err(none()) } else { Ok(found) });
        let mut is_news = false;
        self.answer.send_modify(|answer| is_news = answer.take(found, now()));
        if is_news {
            let failure = self.answer.borrow().failure.clone();
            (self.resolver.0.report)(&self.host, failure.as_deref());
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A guard for a look-up that runs. It is dropped at the end of the look-up or of its runtime.
struct Running<'n>(&'n Name);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.is_running.store(false, Ordering::Release);
    }
}

impl Answer {
    fn none() -> Self {
        Self { addresses: Arc::new([]), generation: 0, good: None, ended: None, failure: None }
    }

    fn is_due(&self, now: Instant) -> bool {
        let pause = if self.failure.is_some() { PAUSE } else { FRESH };
        self.ended.is_none_or(|ended| now.saturating_duration_since(ended) >= pause)
    }

    /// Returns true if the addresses may be used while the name is looked up again.
    fn is_recent(&self, now: Instant) -> bool {
        self.is_within(if self.failure.is_some() { KEPT } else { RECENT }, now)
    }

    /// Returns true if the addresses may be used while look-ups fail.
    fn is_usable(&self, now: Instant) -> bool {
        self.is_within(KEPT, now)
    }

    fn is_within(&self, limit: Duration, now: Instant) -> bool {
        self.good.is_some_and(|good| now.saturating_duration_since(good) < limit)
    }

    /// Takes the result of a look-up. Returns true if look-ups begin to fail, or succeed again.
    fn take(&mut self, found: io::Result<Vec<SocketAddr>>, now: Instant) -> bool {
        let had_failed = self.failure.is_some();
        self.ended = Some(now);
        match found {
            Ok(found) => {
                (self.good, self.failure) = (Some(now), None);
                self.replace(found);
                had_failed
            }
            Err(error) => {
                self.failure = Some(error.to_string().into());
                if !self.is_usable(now) {
                    self.replace(Vec::new());
                }
                !had_failed
            }
        }
    }

    /// Takes the new addresses. Known addresses keep their order, because name servers often rotate it.
    fn replace(&mut self, found: Vec<SocketAddr>) {
        let mut kept: Vec<_> = self.addresses.iter().copied().filter(|known| found.contains(known)).collect();
        for address in found {
            if kept.len() < ADDRESSES && !kept.contains(&address) {
                kept.push(address);
            }
        }
        if *kept != *self.addresses {
            self.addresses = kept.into();
            self.generation = self.generation.wrapping_add(1);
        }
    }
}
