package transport

import (
	"errors"
	"io"
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

// tryWriteVector writes what it can of v without waiting. It leaves v alone.
func tryWriteVector(fd uintptr, v [][]byte) (n int, err error) {
	if len(v) == 1 {
		return tryWriteOne(fd, v[0])
	}
	for {
		m, err := unix.Writev(int(fd), v)
		if m > 0 || err == nil {
			return m, nil
		}
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		default:
			return 0, err
		}
	}
}

// tryReadTwo is tryRead into a, and what is more into b.
func tryReadTwo(fd uintptr, a, b []byte) (n int, again bool, err error) {
	if len(b) == 0 {
		return tryRead(fd, a)
	}
	v := [2][]byte{a, b}
	for {
		n, err = unix.Readv(int(fd), v[:])
		switch {
		case n > 0:
			return n, false, nil
		case err == nil:
			return 0, false, io.EOF
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, true, nil
		default:
			return 0, false, err
		}
	}
}
