//! [`Live`]: the gateway as it is now, which a new configuration replaces.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http::uri::Authority;
use tokio::sync::watch;

use crate::config::Config;
use crate::proxy::{Clients, Common, Gateway, certificates};

/// The gateway of a configuration that was read again.
pub(crate) struct Next(Arc<Gateway>);

/// The gateway as it is now, which a new configuration replaces.
pub(crate) struct Live {
    file: PathBuf,
    /// Routes that lead elsewhere.
    upstreams: Vec<(String, Authority)>,
    common: Common,
    /// Connections to servers outlive a configuration.
    clients: Mutex<Clients>,
    current: watch::Sender<Arc<Gateway>>,
}

impl Live {
    /// The gateway of a configuration that is read already.
    pub(crate) fn new(
        file: PathBuf,
        upstreams: Vec<(String, Authority)>,
        config: Config,
        common: Common,
    ) -> Result<Self, String> {
        let mut clients = Clients::new(&config.trusted_certificates, common.workers)?;
        let gateway = Gateway::new(config, &mut clients, common.clone());
        let (clients, current) = (Mutex::new(clients), watch::Sender::new(Arc::new(gateway)));
        Ok(Self { file, upstreams, common, clients, current })
    }

    /// The configuration of a file, with the routes that lead elsewhere.
    ///
    /// # Errors
    ///
    /// Returns all that is wrong with the file and these routes.
    pub(crate) fn read(file: &Path, upstreams: &[(String, Authority)]) -> Result<Config, Vec<String>> {
        let text = std::fs::read_to_string(file).map_err(|error| vec![error.to_string()])?;
        Config::read(&text, &|name| std::env::var(name).ok(), upstreams)
    }

    /// The gateway for a request that comes now.
    pub(crate) fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.current.borrow())
    }

    /// Returns the path of the configuration.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the file again. This takes as long as the system needs to open and read the file.
    ///
    /// # Errors
    ///
    /// Returns all that is wrong with the file.
    pub(crate) fn read_again(&self) -> Result<Next, Vec<String>> {
        let config = Self::read(&self.file, &self.upstreams)?;
        let one = |error| vec![error];
        let trusted = certificates(&config.trusted_certificates).map_err(one)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.renew(trusted).map_err(one)?;
        config.tell(&self.file.display());
        let gateway = Gateway::new(config, &mut clients, self.common.clone()).filled_as(&self.gateway());
        Ok(Next(Arc::new(gateway)))
    }

    /// Serves new requests with another gateway. Running requests keep the gateway that they came to.
    pub(crate) fn replace(&self, next: Next) {
        self.current.send_replace(next.0);
    }
}
