package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// source is what one goroutine sends on one lane.
type source struct {
	id      byte
	next    uint32 // the next message; so many were accepted
	lane    Lane   // nil: no lane of its own
	way     Way    // into the stream
	stopped bool   // the remote wanted no more

	// Of the receiver, guarded by its side's mutex.
	got, count uint32 // the number behind the last one, and how many
}

// from begins a source that sends on a lane of its own or on the stream's.
func (x *side) from(st *Stream, lane Lane) {
	x.mu.Lock()
	defer x.mu.Unlock()
	src := &source{id: byte(len(x.sources)), lane: lane, way: st.Way(codec.Bytes)}
	x.sources = append(x.sources, src)
	x.wg.Go(func() { src.run(x, st) })
}

// run sends until it has sent enough, or something has ended.
func (src *source) run(x *side, st *Stream) {
	enough := uint32(1 + x.n(60))
	quiet := x.n(3)
	for src.next < enough {
		if quiet > 0 && x.chance(3*quiet) {
			x.pause(5 * time.Millisecond)
		}
		body := src.message(x.size())
		ctx, cancel := context.Background(), context.CancelFunc(func() {})
		if x.chance(5) {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(x.n(5))*time.Millisecond)
		}
		err := src.send(ctx, x, st, body)
		switch stop := (*StopError)(nil); {
		case err == nil:
			src.next++
		case err == ErrFull, ctx.Err() != nil && err == context.Cause(ctx):
		case errors.As(err, &stop):
			src.stopped = true
			cancel()
			return
		case err == stream.ErrOverflow, errors.Is(err, ErrClosed), errors.Is(err, stream.ErrClosed):
			cancel()
			return
		default:
			x.t.Errorf("send: %v", err)
			cancel()
			return
		}
		cancel()
		if x.chance(10) {
			x.sound()
		}
	}
	if src.lane != nil && x.chance(2) {
		src.lane.Close()
	}
}

// size draws the size of a message.
func (x *side) size() int {
	switch {
	case x.chance(30):
		return x.n(200_000)
	case x.chance(5):
		return x.n(20_000)
	}
	return x.n(200)
}

// send sends in one of the ways that there are.
func (src *source) send(ctx context.Context, x *side, st *Stream, body []byte) error {
	write := func(dst []byte) ([]byte, error) { return append(dst, body...), nil }
	main := st.id == dataStream
	switch way := x.n(10); {
	case src.lane != nil && way < 2:
		return src.lane.TrySend(body)
	case src.lane != nil:
		return src.lane.Send(ctx, body)
	case way == 0:
		return st.TrySend(codec.Bytes, body)
	case way == 1 && main:
		return x.link.SendFunc(ctx, codec.Bytes, write)
	case way == 2 && main:
		f, err := NewFrame(codec.Bytes, body)
		require.NoError(x.t, err)
		return x.link.SendFrame(ctx, f)
	case way == 3:
		return src.way.TrySend(body)
	case way < 6:
		return src.way.Send(ctx, body)
	case way < 8 && main:
		if missed := x.log.Send(body, []Link{x.link}); missed != nil {
			return missed[0].Err
		}
		return nil
	}
	return st.Send(ctx, codec.Bytes, body)
}

// message makes the next message: who it is from, its number, and bytes that
// follow from both. It has no more than that if n is less.
func (src *source) message(n int) []byte {
	b := make([]byte, max(n, 5))
	b[0] = src.id
	binary.LittleEndian.PutUint32(b[1:], src.next)
	for i := range b[5:] {
		b[5+i] = byte(i) + src.id*31 + byte(src.next)*7
	}
	return b
}

// lossless reports whether the source's lane drops nothing.
func (src *source) lossless() bool {
	n, is := src.lane.(*nativeLane)
	return !is || n.ln.policy.Lossless() || n.ln.policy.Kind() == stream.KindFailWhenFull
}
