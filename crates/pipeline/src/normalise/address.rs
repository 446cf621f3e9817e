//! One canonical spelling for the address of a host: IPv4, IPv6, MAC or a name, with the port split off.
//!
//! Modules write the same host as `10.0.0.7:8080`, `::ffff:10.0.0.7` or `/10.0.0.7`; a graph with three nodes for it
//! would be wrong. IPv6 is spelled after RFC 5952, MAC in lower case with colons; names are lower-cased.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Who.
    pub host: Host,
    /// The port, if one was written.
    pub port: Option<u16>,
}

/// What names a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IP address; IPv4 inside IPv6 counts as IPv4.
    Ip(IpAddr),
    /// A hardware address.
    Mac([u8; 6]),
    /// A host, container or service name, in lower case.
    Name(String),
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Mac([a, b, c, d, e, g]) => write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}"),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl Address {
    /// Reads an address; `None` for nothing (`-`, empty). Anything that is no IP or MAC is a name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = authority(text.trim().trim_matches('"'));
        if text.is_empty() || text == "-" {
            return None;
        }
        if let Some(mac) = parse_mac(text) {
            return Some(Self { host: Host::Mac(mac), port: None });
        }
        if let Some(ip) = parse_ip(text) {
            return Some(Self { host: Host::Ip(ip), port: None });
        }
        if let Some((inside, after)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let port = after.strip_prefix(':').and_then(|port| port.parse().ok());
            return Some(Self { host: parse_ip(inside).map_or_else(|| name(inside), Host::Ip), port });
        }
        let (host, port) = split_port(text);
        let host = match (parse_ip(host), parse_mac(host)) {
            (Some(ip), _) => Host::Ip(ip),
            (None, Some(mac)) => Host::Mac(mac),
            (None, None) => name(host),
        };
        Some(Self { host, port })
    }
}

fn name(text: &str) -> Host {
    Host::Name(text.trim_end_matches('.').to_lowercase())
}

/// The part of `http://user@host:80/path`, `/10.0.0.1:80` or `name/10.0.0.1:80` that says where.
fn authority(text: &str) -> &str {
    if text.starts_with("unix:") {
        return text;
    }
    if let Some((_, rest)) = text.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let rest = &rest[..end];
        return rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    }
    match text.rsplit_once('/') {
        Some((before, after)) if before.is_empty() || after.starts_with(|c: char| c.is_ascii_digit()) => after,
        _ => text,
    }
}

fn split_port(text: &str) -> (&str, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.is_empty() => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

/// Reads an IP address, with or without zone id.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    if let Some(v4) = parse_v4(text) {
        return Some(IpAddr::V4(v4));
    }
    if !text.contains(':') {
        return None;
    }
    let without_zone = text.split_once('%').map_or(text, |(address, _)| address);
    let v6: Ipv6Addr = without_zone.parse().ok()?;
    Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4))
}

/// Dotted decimal; leading zeros are accepted as people write them, and mean nothing.
fn parse_v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// Reads `00:1a:2b:3c:4d:5e`, `00-1A-2B-3C-4D-5E` or `001a.2b3c.4d5e`.
pub fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let bytes = text.as_bytes();
    let (separator, group) = match (bytes.len(), bytes.get(2), bytes.get(4)) {
        (17, Some(&separator @ (b':' | b'-')), _) => (separator, 2),
        (14, _, Some(b'.')) => (b'.', 4),
        _ => return None,
    };
    let mut mac = [0u8; 6];
    let mut digits = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if at % (group + 1) == group {
            if byte != separator {
                return None;
            }
            continue;
        }
        let digit = (byte as char).to_digit(16)? as u8;
        mac[digits / 2] = mac[digits / 2] << 4 | digit;
        digits += 1;
    }
    Some(mac)
}

/// Whether an address belongs to no public network: private, loopback, link-local, unique local or shared (RFC 6598).
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// A network in CIDR form, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Leading bits that must agree.
    pub prefix: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8` or a bare address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (parse_ip(address)?, Some(prefix.parse::<u8>().ok()?)),
            None => (parse_ip(text)?, None),
        };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether `ip` lies inside.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                (u32::from(mine) ^ u32::from(other)).checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                (u128::from(mine) ^ u128::from(other)).checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_each_host() {
        for (text, host, port) in [
            ("10.0.0.7", "10.0.0.7", None),
            ("10.0.0.7:8080", "10.0.0.7", Some(8080)),
            ("010.000.000.007", "10.0.0.7", None),
            ("/10.251.1.1:50010", "10.251.1.1", Some(50010)),
            ("node1/10.251.1.1:50010", "10.251.1.1", Some(50010)),
            ("::ffff:10.0.0.7", "10.0.0.7", None),
            ("[::ffff:10.0.0.7]:80", "10.0.0.7", Some(80)),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1", None),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("fe80::1%eth0", "fe80::1", None),
            ("[fe80::1%25eth0]:80", "fe80::1", Some(80)),
            ("00-1A-2B-3C-4D-5E", "00:1a:2b:3c:4d:5e", None),
            ("001A.2B3C.4D5E", "00:1a:2b:3c:4d:5e", None),
            ("00:1A:2B:3C:4D:5E", "00:1a:2b:3c:4d:5e", None),
            ("Video-1.Example.COM.", "video-1.example.com", None),
            ("Video-1:8080", "video-1", Some(8080)),
            ("https://me@api.example.com:8443/a?b", "api.example.com", Some(8443)),
            ("10.0.0.256", "10.0.0.256", None),
            ("unix:/run/app.sock", "unix:/run/app.sock", None),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.host.to_string().as_str(), address.port), (host, port), "{text}");
        }
        assert_eq!((Address::parse("-"), Address::parse(" ")), (None, None));
    }

    #[test]
    fn networks_contain_their_addresses() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false),
            ("fd00::/8", "fd12::1", true),
            ("::/0", "10.0.0.1", false),
        ] {
            assert_eq!(Network::parse(network).unwrap().contains(parse_ip(address).unwrap()), inside, "{address} in {network}");
        }
        for text in ["10.0.0.0/33", "x/8", "10.0.0/8", ""] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
