package discovery

import "syscall"

// askLoopbackItself is true: whether the loopback interface passes broadcasts
// on is not documented.
const askLoopbackItself = true

// share lets other peers of this machine bind the same port.
func share(fd uintptr) error {
	return syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}

// leaveBy does nothing: Windows sends a limited broadcast by the interface
// whose address the socket is bound to.
func leaveBy(uintptr, int) error { return nil }
