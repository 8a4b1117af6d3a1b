//go:build dragonfly || freebsd || netbsd || openbsd

package discovery

import (
	"errors"
	"syscall"
)

// askLoopbackItself is true: the loopback interface has no broadcast, so that
// of the peers bound to one port only one is asked there. The others hear the
// broadcasts on the other interfaces.
const askLoopbackItself = true

// share lets other peers of this machine bind the same port, which takes
// SO_REUSEPORT in all of them; SO_REUSEADDR alone is for multicast here.
func share(fd uintptr) error {
	return errors.Join(
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1),
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEPORT, 1),
	)
}

// leaveBy does nothing: the directed broadcast finds its interface by routing,
// and the limited one leaves by the default one.
func leaveBy(uintptr, int) error { return nil }
