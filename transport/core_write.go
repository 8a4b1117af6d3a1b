package transport

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// writeBuffers writes everything, and waits for that until ctx ends: that is no
// error, but less is written then.
func (l *core) writeBuffers(ctx context.Context, rest net.Buffers) (int, error) {
	if ctx.Done() == nil {
		m, err := rest.WriteTo(l.conn)
		return int(m), err
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = l.conn.SetWriteDeadline(time.Unix(1, 0))
		close(fired)
	})
	m, err := rest.WriteTo(l.conn)
	if !stop() && ctx.Err() != nil {
		<-fired
		_ = l.conn.SetWriteDeadline(time.Time{})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
	}
	return int(m), err
}
