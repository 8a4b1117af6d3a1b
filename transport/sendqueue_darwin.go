package transport

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// sendQueue asks the kernel how many bytes wait in c's send buffer; for TCP
// they stay there until they are acknowledged.
func sendQueue(c net.Conn) (n int, ok bool) {
	sc, is := c.(syscall.Conn)
	if !is {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	var errno error
	err = raw.Control(func(fd uintptr) {
		n, errno = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_NWRITE)
	})
	return n, err == nil && errno == nil
}
