//! Recognises a SYN in a received frame.
//! Invariant: no frame makes it panic, and only a segment with SYN and without ACK is a SYN.

/// A segment that asks for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syn<'f> {
    /// The port that it asks for.
    pub(crate) port: u16,
    /// The addresses and ports of both sides.
    pub(crate) connection: (&'f [u8], &'f [u8]),
}

impl<'f> Syn<'f> {
    /// Returns the SYN in a frame, `None` if it is anything else. TCP behind an extension header of IPv6 is not recognised.
    pub(crate) fn parse(frame: &'f [u8], has_ethernet_header: bool) -> Option<Self> {
        let packet = if has_ethernet_header {
            let (header, packet) = frame.split_at_checked(14)?;
            packet.first().filter(|_| matches!(header, [.., 0x08, 0x00] | [.., 0x86, 0xdd]))?;
            packet
        } else {
            frame
        };
        let (protocol, addresses, segment) = match packet {
            // A fragment, even the first one, is no SYN.
            [0x45..=0x4f, _, _, _, _, _, fragment, offset, _, protocol, ..]
                if fragment & 0x3f == 0 && *offset == 0 =>
            {
                let header = usize::from(packet.first()? & 0x0f) * 4;
                (protocol, packet.get(12..20)?, packet.get(header..)?)
            }
            [0x60..=0x6f, _, _, _, _, _, protocol, ..] => (protocol, packet.get(8..40)?, packet.get(40..)?),
            _ => return None,
        };
        const TCP: u8 = 6;
        let (ports, flags) = (segment.get(..4)?, segment.get(13)?);
        let port = u16::from_be_bytes([*ports.get(2)?, *ports.get(3)?]);
        let is_syn = *protocol == TCP && flags & 0x12 == 0x02;
        is_syn.then_some(Self { port, connection: (addresses, ports) })
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn frame(ethernet: &[u8], ip: &[u8], flags: u8) -> Vec<u8> {
        let segment = [0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 4, 0, 0, 0, 0, 0];
        [ethernet, ip, &segment].concat()
    }

    fn ethernet(kind: [u8; 2]) -> Vec<u8> {
        [&[0x11; 12][..], &kind].concat()
    }

    fn ipv4(options: usize, fragment: [u8; 2], protocol: u8) -> Vec<u8> {
        let mut header = [0; 20];
        header[0] = 0x45 + options as u8;
        [header[6], header[7]] = fragment;
        header[9] = protocol;
        header[12..].copy_from_slice(&[10, 0, 0, 2, 10, 0, 0, 1]);
        [&header[..], &[0; 60][..4 * options]].concat()
    }

    fn ipv6(protocol: u8) -> Vec<u8> {
        let mut header = [0; 40];
        (header[0], header[6], header[23]) = (0x60, protocol, 1);
        header.into()
    }

    #[test]
    fn a_syn_is_found_by_ipv4_and_ipv6_with_and_without_ethernet() {
        let v4 = (&[10, 0, 0, 2, 10, 0, 0, 1][..], &[0x30, 0x39, 0, 80][..]);
        for options in [0, 1, 10] {
            for fragment in [[0, 0], [0x40, 0]] {
                let ip = ipv4(options, fragment, 6);
                assert_eq!(Syn::parse(&frame(&[], &ip, 2), false), Some(Syn { port: 80, connection: v4 }));
                let framed = frame(&ethernet([8, 0]), &ip, 2);
                assert_eq!(Syn::parse(&framed, true), Some(Syn { port: 80, connection: v4 }));
            }
        }
        let framed = frame(&ethernet([0x86, 0xdd]), &ipv6(6), 0xc2);
        let syn = Syn::parse(&framed, true).expect("a SYN that asks for ECN");
        assert_eq!((syn.port, syn.connection.0.len()), (80, 32));
    }

    #[test]
    fn nothing_else_is_a_syn() {
        for flags in [0x00, 0x10, 0x12, 0x04, 0x11, 0x18] {
            assert_eq!(Syn::parse(&frame(&[], &ipv4(0, [0, 0], 6), flags), false), None, "{flags:#x}");
        }
        for fragment in [[0x20, 0], [0, 1], [0x1f, 0xff]] {
            assert_eq!(Syn::parse(&frame(&[], &ipv4(0, fragment, 6), 2), false), None, "{fragment:?}");
        }
        assert_eq!(Syn::parse(&frame(&[], &ipv4(0, [0, 0], 17), 2), false), None, "UDP");
        assert_eq!(Syn::parse(&frame(&[], &ipv6(17), 2), false), None, "UDP");
        assert_eq!(Syn::parse(&frame(&ethernet([8, 6]), &ipv4(0, [0, 0], 6), 2), true), None, "ARP");
    }

    #[test]
    fn a_frame_that_is_cut_off_is_no_syn() {
        for whole in [
            frame(&ethernet([8, 0]), &ipv4(0, [0, 0], 6), 2),
            frame(&ethernet([8, 0]), &ipv4(10, [0, 0], 6), 2),
            frame(&ethernet([0x86, 0xdd]), &ipv6(6), 2),
        ] {
            // The flags are seven bytes before the end.
            for length in 0..whole.len() - 6 {
                assert_eq!(Syn::parse(&whole[..length], true), None, "{length}");
            }
        }
    }
}
