//! The socket on which the server listens. Its connections inherit what is set here.

use crate::limits::READER_PATIENCE;
use socket2::SockRef;
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

/// How many bytes of an answer the system takes beyond those that are on their way: what a reader who takes nothing
/// makes it hold.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

/// Listens at an address.
///
/// # Errors
/// When the address is in use, or is none of this machine's.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    #[cfg(target_os = "linux")]
    {
        let socket = SockRef::from(&listener);
        socket.set_tcp_user_timeout(Some(READER_PATIENCE))?;
        socket.set_tcp_notsent_lowat(UNSENT)?;
    }
    Ok(listener)
}
