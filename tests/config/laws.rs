//! Any configuration survives its formats, and no text makes it panic.

use persevere::PolicyConfig;
use persevere::strategies::Domain;
use proptest::prelude::*;

use super::yaml;

proptest! {
    #![proptest_config(crate::model::config())]

    #[test]
    fn a_configuration_survives_its_formats(config in any_with::<PolicyConfig>(Domain::Full)) {
        let json = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(&serde_json::from_str::<PolicyConfig>(&json).unwrap(), &config, "{}", json);
        let yaml = serde_yaml_ng::to_string(&config).unwrap();
        prop_assert_eq!(&serde_yaml_ng::from_str::<PolicyConfig>(&yaml).unwrap(), &config, "{}", yaml);
        let toml = toml::to_string(&config).unwrap();
        prop_assert_eq!(&toml::from_str::<PolicyConfig>(&toml).unwrap(), &config, "{}", toml);
        let policy = config.policy().unwrap();
        prop_assert!(policy.to_string().starts_with("Policy::new("));
        let _ = policy.schedule(1);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z_]{0,12}: ?[-+0-9a-z. {}\\[\\]]{0,24}") {
        let _ = yaml(&text);
        let _ = serde_yaml_ng::from_str::<PolicyConfig>(&format!("cap: {text}"));
        let _ = serde_json::from_str::<PolicyConfig>(&format!("{{\"cap\": \"{text}\"}}"));
    }
}
