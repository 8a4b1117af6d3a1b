package transport

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unanswered asks the kernel how its retransmissions go.
func unanswered(c net.Conn) (d time.Duration, ok bool) {
	sc, is := c.(syscall.Conn)
	if !is {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	var info *unix.TCPInfo
	var errno error
	err = raw.Control(func(fd uintptr) {
		info, errno = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if err != nil || errno != nil {
		return 0, false
	}
	return owed(info), true
}

// owed computes how long an acknowledgement has been due. One retransmission
// or window probe may have been answered late, or not at all (the kernel limits
// their rate); two in a row count. For data, the silence before it was sent
// owed nothing, so the time since the last acknowledgement is only the upper
// bound: the rest follows from the retransmission timeout, which has doubled
// each time.
func owed(info *unix.TCPInfo) time.Duration {
	sinceAck := time.Duration(info.Last_ack_recv) * time.Millisecond
	switch {
	case info.Retransmits >= 2:
		rto := time.Duration(info.Rto) * time.Microsecond
		waited := rto - rto>>info.Backoff
		return min(sinceAck, waited+time.Duration(info.Last_data_sent)*time.Millisecond)
	case info.Probes >= 2:
		return sinceAck
	}
	return 0
}
