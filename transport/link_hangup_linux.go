package transport

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// hungUp reports whether the remote has ended its direction, or the
// connection broke, though there may be bytes to read before that.
func hungUp(raw syscall.RawConn) bool {
	if raw == nil {
		return false
	}
	up := false
	_ = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		up = err == nil && n > 0 && p[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
	})
	return up
}
