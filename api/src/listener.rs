//! The listening socket. Connections inherit its options.

use crate::limits::READER_PATIENCE;
use socket2::SockRef;
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

/// How many unsent bytes the system buffers per connection. This bounds the memory that a client costs that reads
/// nothing.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

/// Listens on an address.
///
/// # Errors
/// If the address is in use, or does not belong to this machine.
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
