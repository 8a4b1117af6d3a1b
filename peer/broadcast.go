package peer

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Broadcast sends v over every present connection, encoded once per data type.
// It waits for nobody: a connection whose send queue is full misses v, and so
// does one that cannot carry it. Those who did not get it are listed in a
// *[BroadcastError]; nil means that all did. When ctx ends, the rest is missed.
func (p *Peer) Broadcast(ctx context.Context, v any) error {
	if p.closing.Load() {
		return &Error{Op: "broadcast", Err: ErrClosed}
	}
	frames := make(map[codec.Type]frame)
	failed := &BroadcastError{}
	for _, c := range p.registry.all() {
		err := context.Cause(ctx)
		if err == nil {
			err = c.broadcast(frames, v)
		}
		if err != nil {
			failed.Missed = append(failed.Missed, Miss{Connection: c, Err: err})
		}
	}
	if len(failed.Missed) > 0 {
		return failed
	}
	return nil
}

// frame is what v is in one data type.
type frame struct {
	*transport.Frame
	body []byte
	err  error
}

func (c *Connection) broadcast(frames map[codec.Type]frame, v any) error {
	t := c.remote.DataType
	f, encoded := frames[t]
	if !encoded {
		f = encode(c.codec, v)
		frames[t] = f
	}
	err := f.err
	switch size := c.link.DataSize(); {
	case err != nil:
	case size > 0 && size != len(f.body):
		var body []byte
		if body, err = codec.Fit(t, append([]byte(nil), f.body...), 0, size); err == nil {
			err = c.link.TrySend(t, body)
		}
	default:
		err = c.link.TrySendFrame(f.Frame)
	}
	if err == transport.ErrFull {
		err = stream.ErrOverflow
	}
	return err
}

func encode(k codec.Codec, v any) (f frame) {
	if f.body, f.err = k.Append(nil, v); f.err != nil {
		return f
	}
	f.Frame, f.err = transport.NewFrame(k.Type(), f.body)
	return f
}
