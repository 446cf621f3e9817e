//! Who is who: an address or name → the host and module it stands for (design, "Who is who").
//!
//! What the rules do not name is said to be `(unknown)` or `(outside)`, never guessed. The rules are those of `hosts:`;
//! the most exact one wins: a single address or name, then the network with the longest prefix, then the first written.

use std::net::IpAddr;

use hashbrown::HashMap;
use magpie_model::config::HostRule;

use super::address::{Address, Host, Network, is_private, parse_mac};

/// The compiled `hosts:` and `trusted_proxies:`.
#[derive(Debug, Default)]
pub struct Directory {
    exact: HashMap<Host, usize>,
    networks: Vec<(Network, usize)>,
    rules: Vec<(Option<String>, Option<String>)>,
    proxies: Vec<Network>,
    proxy_names: Vec<String>,
}

/// Who an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who<'a> {
    /// Canonical name of the host.
    pub host: String,
    /// Its module, if a rule says so.
    pub module: Option<&'a str>,
    /// Whether a rule knows it.
    pub listed: bool,
    /// Whether it is a public address.
    pub public: bool,
    /// Whether the addresses it forwards are believed.
    pub trusted: bool,
}

impl Directory {
    /// Compiles the rules. A text that is no network, IP or MAC is a name of a host or container.
    pub fn compile(rules: &[HostRule], trusted_proxies: &[String]) -> Self {
        let mut directory = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            directory.rules.push((rule.host.clone(), rule.module.clone()));
            for text in &rule.matches {
                directory.add(text.trim(), at);
            }
        }
        directory.networks.sort_by_key(|&(network, at)| (std::cmp::Reverse(network.prefix), at));
        for text in trusted_proxies {
            match Network::parse(text.trim()) {
                Some(network) => directory.proxies.push(network),
                None => directory.proxy_names.push(text.trim().to_lowercase()),
            }
        }
        directory
    }

    fn add(&mut self, text: &str, rule: usize) {
        if text.contains('/')
            && let Some(network) = Network::parse(text)
        {
            self.networks.push((network, rule));
            return;
        }
        let host = match (parse_mac(text), Address::parse(text)) {
            (Some(mac), _) => Host::Mac(mac),
            (None, Some(address)) => address.host,
            (None, None) => return,
        };
        self.exact.entry(host).or_insert(rule);
    }

    /// Whether any host is configured.
    pub fn is_configured(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Who an address as written in a log is; `None` when nothing is written.
    pub fn who(&self, written: &str) -> Option<Who<'_>> {
        let host = Address::parse(written)?.host;
        let rule = self.exact.get(&host).copied().or_else(|| match host {
            Host::Ip(ip) => self.networks.iter().find(|(network, _)| network.contains(ip)).map(|&(_, rule)| rule),
            _ => None,
        });
        let (name, module) = rule.map_or((None, None), |rule| (self.rules[rule].0.as_deref(), self.rules[rule].1.as_deref()));
        let public = matches!(host, Host::Ip(ip) if !is_private(ip));
        Some(Who {
            trusted: self.trusts(&host),
            // One name may be given to a whole network of hosts; that is what its owner asked for.
            host: name.map_or_else(|| host.to_string(), str::to_owned),
            module,
            listed: rule.is_some(),
            public,
        })
    }

    fn trusts(&self, host: &Host) -> bool {
        match host {
            Host::Ip(ip) => self.trusts_ip(*ip),
            Host::Name(name) => self.proxy_names.contains(name),
            Host::Mac(_) => false,
        }
    }

    fn trusts_ip(&self, ip: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(ip))
    }

    /// The client that a trusted proxy forwards for: of `X-Forwarded-For` or `Forwarded` the rightmost address that is
    /// not itself a trusted proxy; the leftmost when all are. `None` when there is no address.
    pub fn forwarded<'a>(&self, header: &'a str) -> Option<&'a str> {
        let mut last = None;
        for entry in header.rsplit(',') {
            let entry = forwarded_for(entry);
            let Some(address) = Address::parse(entry) else { continue };
            last = Some(entry);
            if !self.trusts(&address.host) {
                break;
            }
        }
        last
    }
}

/// The address of one hop: the whole entry, or the `for=` of RFC 7239.
fn forwarded_for(entry: &str) -> &str {
    let pair = entry.split(';').map(str::trim).find(|pair| pair.get(..4).is_some_and(|key| key.eq_ignore_ascii_case("for=")));
    pair.map_or(entry, |pair| &pair[4..]).trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let rule = |matches: &[&str], host: Option<&str>, module: &str| HostRule {
            matches: matches.iter().map(|&text| text.to_owned()).collect(),
            host: host.map(str::to_owned),
            module: Some(module.to_owned()),
            line: 1,
        };
        let rules = [
            rule(&["10.0.0.0/8"], None, "lan"),
            rule(&["10.0.9.0/24", "video-1"], None, "video-search"),
            rule(&["10.0.9.4", "00-1A-2B-3C-4D-5E"], Some("stock-1"), "stock"),
            rule(&["fd00::/8"], None, "v6"),
        ];
        Directory::compile(&rules, &["10.0.0.1".into(), "192.168.0.0/16".into()])
    }

    #[test]
    fn the_most_exact_rule_names_a_host() {
        let directory = directory();
        for (written, host, module) in [
            ("10.1.2.3:80", "10.1.2.3", Some("lan")),
            ("10.0.9.7", "10.0.9.7", Some("video-search")),
            ("10.0.9.4:8080", "stock-1", Some("stock")),
            ("001a.2b3c.4d5e", "stock-1", Some("stock")),
            ("VIDEO-1:99", "video-1", Some("video-search")),
            ("[fd00::5]:80", "fd00::5", Some("v6")),
            ("8.8.8.8", "8.8.8.8", None),
        ] {
            let who = directory.who(written).unwrap();
            assert_eq!((who.host.as_str(), who.module, who.listed), (host, module, module.is_some()), "{written}");
        }
        assert_eq!(directory.who("-"), None);
    }

    #[test]
    fn forwarded_addresses_are_read_from_the_right() {
        let directory = directory();
        for (header, client) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("6.6.6.6, 1.2.3.4, 192.168.3.3", Some("1.2.3.4")),
            ("192.168.3.4, 192.168.3.3", Some("192.168.3.4")),
            ("for=\"[2001:db8::1]:80\";proto=https, for=10.0.0.1", Some("[2001:db8::1]:80")),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(directory.forwarded(header), client, "{header}");
        }
        assert!(directory.who("10.0.0.1").unwrap().trusted && !directory.who("10.0.0.2").unwrap().trusted);
    }
}
