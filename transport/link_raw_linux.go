package transport

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryWrite writes what it can of a and b without waiting.
func tryWrite(fd uintptr, a, b []byte) (n int, err error) {
	if len(b) == 0 {
		return tryWriteOne(fd, a)
	}
	vector := [2][]byte{a, b}
	for len(a)+len(b) > 0 {
		m, err := unix.Writev(int(fd), vector[:])
		switch {
		case m > 0:
			n += m
			skip := min(m, len(a))
			a, b = a[skip:], b[m-skip:]
			vector = [2][]byte{a, b}
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return n, nil
		default:
			return n, err
		}
	}
	return n, nil
}

// tryRecord is tryWriteOne for bytes that the kernel sends in packets of their
// own: what is written later is not added to the last of them.
func tryRecord(fd uintptr, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := unix.SendmsgN(int(fd), p[n:], nil, nil, unix.MSG_EOR|unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		switch {
		case m > 0:
			n += m
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return n, nil
		default:
			return n, err
		}
	}
	return n, nil
}
