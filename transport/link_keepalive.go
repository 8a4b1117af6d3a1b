package transport

import (
	"net"
	"time"
)

// keepAlive lets the kernel probe a silent connection: the only way to notice
// that the remote of a stream is gone, where no PING may be sent. Systems
// count in whole seconds.
func keepAlive(c net.Conn, timeout time.Duration) {
	for ; c != nil; c = inner(c) {
		if k, is := c.(interface {
			SetKeepAliveConfig(net.KeepAliveConfig) error
		}); is {
			step := max(timeout, time.Second)
			_ = k.SetKeepAliveConfig(net.KeepAliveConfig{
				Enable: true, Idle: step, Interval: step, Count: patience,
			})
			return
		}
	}
}
