//go:build unix

package transport

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// rawOf returns the raw connection of a socket, which can be read and written
// without waiting; nil for everything else.
func rawOf(c net.Conn) syscall.RawConn {
	sc, is := c.(syscall.Conn)
	if !is {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// tryRead reads without waiting. again means that nothing was there.
func tryRead(fd uintptr, p []byte) (n int, again bool, err error) {
	for {
		n, err = syscall.Read(int(fd), p)
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

// tryWriteOne writes what it can without waiting.
func tryWriteOne(fd uintptr, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := syscall.Write(int(fd), p[n:])
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
