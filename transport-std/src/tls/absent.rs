//! `Session` and `Tls` of a build without the feature `tls`: there are none.

use std::io;

use super::handshake::HandshakeError;
use crate::access::observer::TlsVersion;

/// No settings.
#[derive(Clone, Debug)]
pub(crate) enum Tls {}

impl Tls {
    pub(crate) fn accept(&self) -> io::Result<Session> {
        match *self {}
    }
}

/// No session.
#[derive(Debug)]
pub(crate) enum Session {}

impl Session {
    pub(crate) fn shake_hands<T>(&mut self, _: &mut T) -> Result<(), HandshakeError> {
        match *self {}
    }

    pub(crate) fn read<T>(&mut self, _: &mut T, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn write<T>(&mut self, _: &mut T, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn flush<T>(&mut self, _: &mut T) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn close<T>(&mut self, _: &mut T) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn is_readable(&self) -> bool {
        match *self {}
    }

    pub(crate) fn version(&self) -> Option<TlsVersion> {
        match *self {}
    }
}
