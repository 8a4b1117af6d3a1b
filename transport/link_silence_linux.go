package transport

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ackAge tells how long ago the remote's kernel was heard of, by data or by
// an acknowledgement, and whether it owes one: for data, or for probes of a
// closed window or of keep-alive.
func ackAge(c net.Conn) (age time.Duration, waiting, ok bool) {
	for c != nil {
		if info := tcpInfo(c); info != nil {
			ms := min(info.Last_ack_recv, info.Last_data_recv)
			return time.Duration(ms) * time.Millisecond, info.Unacked > 0 || info.Probes > 1, true
		}
		c = inner(c)
	}
	return 0, false, false
}

func tcpInfo(c net.Conn) *unix.TCPInfo {
	sc, is := c.(syscall.Conn)
	if !is {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	var info *unix.TCPInfo
	if raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}) != nil || err != nil {
		return nil
	}
	return info
}

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
