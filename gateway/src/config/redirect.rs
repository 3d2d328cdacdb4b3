//! Routes whose requests go to another server than the file says.

use http::uri::Authority;
use persevere_http::spring::yaml::meant_name;

use super::{Config, Target};

impl Config {
    /// Sends the routes of these names elsewhere; returns what is wrong with the names.
    pub(crate) fn redirect(&mut self, upstreams: &[(String, Authority)]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (index, (id, authority)) in upstreams.iter().enumerate() {
            if upstreams[..index].iter().any(|(earlier, _)| earlier == id) {
                wrong.push(format!("--upstream {id}=… is there twice"));
            }
            if let Some(route) = self.routes.iter_mut().find(|route| route.id == *id) {
                route.target = Target::plain(authority.clone());
            } else if !self.ids.contains(id) {
                let known = || self.ids.iter().map(String::as_str);
                let advice = meant_name(id, known());
                let known: Vec<_> = known().collect();
                wrong.push(format!(
                    "--upstream {id}=…: there is no such route; there are {}{advice}",
                    known.join(", ")
                ));
            }
        }
        wrong
    }
}
