package discovery

import "syscall"

// askLoopbackItself is false: on Linux a broadcast to 127.255.255.255 reaches
// every socket of the machine, a datagram to 127.0.0.1 only one.
const askLoopbackItself = false

// share lets other peers of this machine, Python's too, bind the same port.
// Python sets SO_REUSEADDR alone, so SO_REUSEPORT would add nothing: either
// way a broadcast goes to all sockets and a datagram to one address to one.
func share(fd uintptr) error {
	return syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}

// leaveBy does nothing: Linux sends a limited broadcast by the interface whose
// address the socket is bound to.
func leaveBy(uintptr, int) error { return nil }
