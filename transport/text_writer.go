package transport

import (
	"context"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func (l *textLink) Send(ctx context.Context, t codec.Type, body []byte) error {
	headless, err := l.enter(ctx, true, t, len(body))
	if err != nil {
		return err
	}
	if len(body) >= largeBody && l.out.direct() {
		return l.sendLarge(ctx, t, body, headless)
	}
	l.out.put(t, body, headless)
	l.pushed()
	return nil
}

func (l *textLink) TrySend(t codec.Type, body []byte) error {
	headless, err := l.enter(context.Background(), false, t, len(body))
	if err != nil {
		return err
	}
	l.out.put(t, body, headless)
	l.pushed()
	return nil
}

func (l *textLink) SendFunc(ctx context.Context, t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	return l.sendFunc(ctx, true, t, appendBody)
}

func (l *textLink) TrySendFunc(t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	return l.sendFunc(context.Background(), false, t, appendBody)
}

func (l *textLink) sendFunc(ctx context.Context, wait bool, t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	s := newSlab(int(l.encoded.Load()))
	b, err := appendBody(s.buf[peerpy.HeaderSize:peerpy.HeaderSize])
	if err != nil {
		s.free()
		return err
	}
	l.encoded.Store(uint32(min(len(b)+peerpy.HeaderSize, mostEncoded)))
	headless, err := l.enter(ctx, wait, t, len(b))
	if err != nil {
		s.free()
		return err
	}
	o := &l.out
	if len(b) <= len(s.buf)-peerpy.HeaderSize && (len(b) == 0 || &b[0] == &s.buf[peerpy.HeaderSize]) {
		// Still in the slab, in front of which the header fits.
		if tail := o.tail(); tail != nil && len(tail.data)+peerpy.HeaderSize+len(b) <= cap(tail.data) {
			o.put(t, b, headless)
			s.free()
		} else {
			frame := s.buf[:peerpy.HeaderSize+len(b)]
			copy(frame, o.header(t, len(b)))
			if headless {
				frame = frame[peerpy.HeaderSize:]
			}
			o.add(segment{data: frame, slab: s, headed: !headless})
		}
	} else {
		s.free()
		o.put(t, b, headless)
	}
	l.pushed()
	return nil
}

func (l *textLink) SendFrame(ctx context.Context, f *Frame) error { return l.sendFrame(ctx, true, f) }

func (l *textLink) TrySendFrame(f *Frame) error { return l.sendFrame(context.Background(), false, f) }

func (l *textLink) sendFrame(ctx context.Context, wait bool, f *Frame) error {
	headless, err := l.enter(ctx, wait, f.t, f.Len())
	if err != nil {
		return err
	}
	if data := f.data; len(data) < sharedFrame {
		l.out.put(f.t, data[peerpy.HeaderSize:], headless)
	} else {
		if headless {
			data = data[peerpy.HeaderSize:]
		}
		l.out.add(segment{data: data, headed: !headless})
	}
	l.pushed()
	return nil
}

// enter admits a message of n bytes to the queue, which it may wait for. It
// returns with the queue's mutex held, unless there is an error.
func (l *textLink) enter(ctx context.Context, wait bool, t codec.Type, n int) (headless bool, err error) {
	o := &l.out
	o.mu.Lock()
	if err := l.allowed(t, n); err != nil {
		o.mu.Unlock()
		return false, err
	}
	if need := n + peerpy.HeaderSize; len(o.waiters) > 0 || !o.fits(need) {
		if !wait {
			o.refused++
			o.mu.Unlock()
			return false, ErrFull
		}
		if err := l.waitRoom(ctx, need); err != nil {
			return false, err
		}
		if err := l.allowed(t, n); err != nil {
			o.pass()
			o.mu.Unlock()
			return false, err
		}
	}
	if l.hello.Stream {
		if headless, err = l.claimSize(n); err != nil {
			o.pass()
			o.mu.Unlock()
			return false, err
		}
		headless = headless && !l.expectsHeader()
	}
	o.accepted++
	return headless, nil
}

// allowed reports whether the link may carry such a message at all. The
// queue's mutex is held.
func (l *textLink) allowed(t codec.Type, n int) error {
	o := &l.out
	if o.closed {
		if o.failure != nil {
			return &CloseError{Reason: ReasonFailed, Err: o.failure}
		}
		return l.closedErr()
	}
	if t != l.hello.DataType && (l.strict() || l.hello.Stream || !t.Valid()) {
		return &DataTypeError{Type: t, Want: l.hello.DataType}
	}
	if n > l.opts.MaxMessage {
		return &LimitError{Size: int64(n), Limit: int64(l.opts.MaxMessage)}
	}
	if l.hello.Stream {
		if size := l.size.Load(); n == 0 || size != 0 && size != int64(n) {
			return &DataSizeError{Size: int64(n), Want: size}
		}
	}
	return nil
}

// claimSize makes n the size of the stream, unless it has one. A message is
// headless unless it did.
func (l *textLink) claimSize(n int) (headless bool, err error) {
	if l.size.CompareAndSwap(0, int64(n)) {
		return false, nil
	}
	if size := l.size.Load(); size != int64(n) {
		return false, &DataSizeError{Size: int64(n), Want: size}
	}
	return true, nil
}
