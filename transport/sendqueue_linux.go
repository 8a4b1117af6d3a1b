package transport

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// sendQueue asks the kernel how many bytes of c the remote's kernel has not
// acknowledged. Unix sockets know the number too.
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
	err = raw.Control(func(fd uintptr) { n, errno = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return n, err == nil && errno == nil
}
