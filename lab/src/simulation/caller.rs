//! [`Caller`]: who makes a call: with the backoff of all, the budget of some, and a seed of its own.

use persevere::{AnyBackoff, Budget, Entropy, Parts};

/// What all calls of a simulation have in common.
#[derive(Debug)]
pub(crate) struct World<'a, G> {
    backoff: &'a AnyBackoff,
    /// Each is shared by as many clients.
    budgets: &'a [G],
    clients: u32,
    seed: u64,
}

impl<'a, G> World<'a, G> {
    /// # Panics
    ///
    /// When there is no budget or no client.
    pub(crate) fn new(backoff: &'a AnyBackoff, budgets: &'a [G], clients: u32, seed: u64) -> Self {
        assert!(!budgets.is_empty() && clients > 0, "a world without budgets or clients");
        Self { backoff, budgets, clients, seed }
    }
}

/// What the session of a call consults.
#[derive(Debug)]
pub(crate) struct Caller<'w, G> {
    pub(crate) world: &'w World<'w, G>,
    /// Which call it is.
    pub(crate) call: u32,
    /// Whose call it is.
    pub(crate) client: u32,
}

impl<G> Clone for Caller<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G> Copy for Caller<'_, G> {}

/// The seed of a call's jitter.
#[must_use]
pub(crate) fn seed_of(call: u32, seed: u64) -> u64 {
    let Entropy::Word(word) = Entropy::seeded(seed, call) else { unreachable!("a seed makes a word") };
    word
}

impl<G: Budget> Parts for Caller<'_, G> {
    type Backoff = AnyBackoff;
    type Classifier = ();
    type Budget = G;

    fn backoff(&self) -> &AnyBackoff {
        self.world.backoff
    }

    fn classifier(&self) -> &() {
        &()
    }

    fn budget(&self) -> &G {
        let World { budgets, clients, .. } = *self.world;
        let group = u64::from(self.client) * budgets.len() as u64 / u64::from(clients);
        &budgets[usize::try_from(group).expect("one of them")]
    }

    fn entropy(&self, number: u32) -> Entropy {
        Entropy::seeded(seed_of(self.call, self.world.seed), number)
    }
}
