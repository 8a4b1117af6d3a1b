package transport

import (
	"errors"
	"syscall"
)

// isTemporary reports whether Accept may succeed later: the connection broke
// before it was taken, or the system is short of something.
func isTemporary(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EINTR,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
