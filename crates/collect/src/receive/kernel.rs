//! What the kernel knows of a port for datagrams: how many it dropped because nobody read them in time.
//!
//! A datagram that finds the socket's buffer full is gone before this process can count it; the kernel counts in
//! `/proc/net/udp` and `/proc/net/udp6` (proc(5); `net/ipv4/udp.c`, `udp4_format_sock`). Where those are not, nothing is told.

use std::net::{IpAddr, SocketAddr};

/// Datagrams dropped at this address since it was bound; `None` when the kernel does not tell.
pub(super) fn dropped_datagrams(at: SocketAddr) -> Option<u64> {
    let table = if at.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    dropped_in(&std::fs::read_to_string(table).ok()?, at)
}

/// The second column is the local address, the last the count.
fn dropped_in(table: &str, at: SocketAddr) -> Option<u64> {
    let wanted = written(at);
    let mut rows = table.lines().skip(1).filter(|row| row.split_ascii_whitespace().nth(1) == Some(&wanted));
    rows.next()?.split_ascii_whitespace().last()?.parse().ok()
}

/// Addresses stand there as words of the machine's byte order, the port as a number, all in hexadecimal digits.
fn written(at: SocketAddr) -> String {
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_ne_bytes);
    let address: String = match at.ip() {
        IpAddr::V4(ip) => format!("{:08X}", word(&ip.octets())),
        IpAddr::V6(ip) => ip.octets().chunks_exact(4).map(|bytes| format!("{:08X}", word(bytes))).collect(),
    };
    format!("{address}:{:04X}", at.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn drops_stand_in_the_row_of_the_port() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            2412: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 30111 2 0000000000000000 0\n\
            2413: 0100007F:158B 00000000:0000 07 00000000:00034200 00:00000000 00000000     0        0 30112 2 0000000000000000 1207\n";
        for (at, expected) in [("127.0.0.1:5515", Some(1207)), ("127.0.0.1:5514", Some(0)), ("127.0.0.1:1", None), ("0.0.0.0:5515", None)] {
            assert_eq!(dropped_in(table, at.parse().unwrap()), expected, "{at}");
        }
        assert_eq!(written("[::1]:53".parse().unwrap()), "00000000000000000000000001000000:0035");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_nobody_reads_is_counted_by_the_kernel() {
        let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = nobody.local_addr().unwrap();
        assert_eq!(dropped_datagrams(at), Some(0));
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        // More than any buffer of a socket holds: the kernel grants some hundred kilobytes unless told otherwise.
        for _ in 0..20_000 {
            sender.send_to(&[0; 8_000], at).unwrap();
        }
        assert!(dropped_datagrams(at).is_some_and(|dropped| dropped > 0));
    }
}
