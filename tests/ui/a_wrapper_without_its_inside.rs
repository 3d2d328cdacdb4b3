use persevere::{Backoff, BackoffWrapper, Decision, Failure};

struct Doubled<B>(B);

impl<B: Backoff> BackoffWrapper for Doubled<B> {
    fn decide_around(&self, failure: &Failure) -> Decision {
        self.0.decide(failure).map(|delay| delay * 2)
    }
}

fn main() {}
