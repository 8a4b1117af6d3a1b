package transport

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// parse takes the messages that are complete out of what was read, as long as
// they are of one stream. It returns them, or nil when more must be read. An
// error comes after everything before it was returned.
func (l *nativeLink) parse() (*Stream, *slab, error) {
	r := &l.r
	err := r.failed
	if err == nil {
		var st *Stream
		var s *slab
		if st, s, err = l.parseMore(); err == nil {
			return st, s, nil
		}
	}
	if s := r.slab; s != nil && len(s.spans) > 0 && r.failed == nil {
		r.failed = err // these first
		return r.of, s, nil
	}
	return nil, nil, err
}

// parseMore is parse, but for an error nothing is returned.
func (l *nativeLink) parseMore() (*Stream, *slab, error) {
	r := &l.r
	for {
		if r.part != nil {
			st, s, err := l.parsePiece()
			if s != nil || err != nil || r.part != nil {
				return st, s, err
			}
		}
		if r.skip > 0 {
			n := min(r.skip, r.end-r.pos)
			r.pos += n
			r.skip -= n
		}
		s := r.slab
		if r.left > 0 && s != nil {
			if err := l.parseData(s); err != nil {
				return nil, nil, err
			}
			if r.left > 0 {
				break
			}
		}
		if s == nil || r.skip > 0 || r.end-r.pos < frame.HeaderSize {
			break
		}
		h, err := frame.ParseHeader(s.buf[r.pos:])
		kind, typ := h.Kind.Messages()
		if len(s.spans) > 0 && (err != nil || !r.fitsIn(h, kind)) {
			break // these first
		}
		if err == nil && r.closed && !afterClose(kind) {
			err = &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "after CLOSE"}
		}
		if err != nil {
			return nil, nil, err
		}
		if kind == frame.Head || kind == frame.Part {
			if more, err := l.parsePart(h, kind, typ); more || err != nil {
				if err != nil {
					return nil, nil, err
				}
				break
			}
			continue
		}
		if kind == frame.Data {
			if err := l.beginData(h, typ); err != nil {
				return nil, nil, err
			}
			continue
		}
		end := r.pos + frame.HeaderSize + h.Length
		if end > r.end {
			break
		}
		if err := l.parseControl(h, s.buf[r.pos+frame.HeaderSize:end]); err != nil {
			return nil, nil, err
		}
		r.pos = end
	}
	if s := r.slab; s != nil && len(s.spans) > 0 {
		return r.of, s, nil
	}
	return nil, nil, nil
}

// afterClose reports whether a frame may follow CLOSE.
func afterClose(kind frame.Kind) bool {
	return kind == frame.Credit || kind == frame.Stop || kind == frame.Ping || kind == frame.Pong || kind >= frame.Ignorable
}

// fitsIn reports whether a frame may be looked at while messages wait in the
// slab: more of the same, and what has nothing to do with the order of messages.
func (r *nativeReader) fitsIn(h frame.Header, kind frame.Kind) bool {
	switch kind {
	case frame.Data, frame.Gap:
		return h.Stream == r.of.id
	case frame.Credit, frame.Ping, frame.Pong:
		return true
	}
	return kind >= frame.Ignorable
}

// beginData looks at the header of a Data frame.
func (l *nativeLink) beginData(h frame.Header, typ uint8) error {
	r := &l.r
	if len(r.slab.spans) == 0 {
		var err error
		if r.of, err = l.stream(h.Stream); err != nil {
			return err
		}
	}
	if err := l.allowed(h, typ); err != nil {
		return err
	}
	if r.of != nil && r.of.body.total > 0 {
		return &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "inside another message"}
	}
	r.pos += frame.HeaderSize
	r.left, r.typ = h.Length, typ
	return nil
}

// mostSpans is how many messages are taken before they are delivered: so many
// that a handing over costs little, so few that they are still in the fastest
// cache.
const mostSpans = 256

// parseData finds the messages of a Data frame that are there, up to mostSpans.
// If the slab has messages before, they are of the same stream.
func (l *nativeLink) parseData(s *slab) error {
	r := &l.r
	at, end := r.pos, min(r.end, r.pos+r.left)
	whole := end == r.pos+r.left
	for at < end && len(s.spans) < mostSpans {
		n, from := int(s.buf[at]), at+1
		if n >= 0x80 {
			length, size := binary.Uvarint(s.buf[at:end])
			if size <= 0 && !whole && end-at < binary.MaxVarintLen32 {
				break // the rest is to come
			}
			if size <= 0 || length > frame.MaxPayload || size > 1 && s.buf[at+size-1] == 0 {
				return &frame.Error{Code: frame.Protocol, Kind: frame.Data, Text: "a length that makes no sense"}
			}
			n, from = int(length), at+size
		}
		if n > r.pos+r.left-from {
			return &frame.Error{Code: frame.Protocol, Kind: frame.Data, Text: "a message is longer than its frame"}
		}
		if n > end-from {
			break // the rest is to come
		}
		if n > l.opts.MaxMessage {
			return &LimitError{Size: int64(n), Limit: int64(l.opts.MaxMessage)}
		}
		if r.of == nil {
			r.strays.Add(1)
		} else {
			s.add(from, n, r.typ)
		}
		at = from + n
	}
	r.left -= at - r.pos
	r.pos = at
	return nil
}

// allowed reports whether messages of that type may come there.
func (l *nativeLink) allowed(h frame.Header, typ uint8) error {
	if int(typ) >= len(l.types) {
		return &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: fmt.Sprintf("codec %d was not named", typ)}
	}
	if t := l.types[typ]; h.Stream == dataStream && t != l.hello.DataType && (l.strict() || !slices.Contains(l.ours, t)) {
		return &DataTypeError{Type: t, Want: l.hello.DataType}
	}
	return nil
}

// parsePart begins a piece of a message. more means that it needs to see more
// of it. Nothing else waits in the slab.
func (l *nativeLink) parsePart(h frame.Header, kind frame.Kind, typ uint8) (more bool, err error) {
	r := &l.r
	st, err := l.stream(h.Stream)
	if err != nil {
		return false, err
	}
	if st == nil {
		if kind == frame.Head {
			r.strays.Add(1)
		}
		r.pos += frame.HeaderSize
		r.skip = h.Length
		return false, nil
	}
	b, n, first := &st.body, h.Length, kind == frame.Head
	if first {
		seen := r.slab.buf[r.pos+frame.HeaderSize : min(r.end, r.pos+frame.HeaderSize+n)]
		if len(seen) < min(n, 11) { // a length and one byte
			return true, nil
		}
		total, begin, err := frame.ParseHead(seen)
		switch {
		case err != nil:
			return false, err
		case b.total > 0:
			return false, &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "inside another message"}
		case total > uint64(l.opts.MaxMessage):
			return false, &LimitError{Size: int64(min(total, 1<<62)), Limit: int64(l.opts.MaxMessage)}
		}
		if err := l.allowed(h, typ); err != nil {
			return false, err
		}
		b.begin(int(total), typ, r.largest)
		head := len(seen) - len(begin)
		n -= head
		r.pos += head
	}
	if b.total == 0 || n > b.total-b.have || n == b.total-b.have && first {
		return false, &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "a piece that does not fit its message"}
	}
	r.pos += frame.HeaderSize
	r.part, r.need = st, n
	settle, err := l.piece(st, n, first)
	if settle {
		l.settle(st)
	}
	return false, err
}

// parsePiece takes what was read of a piece, and returns its message when that
// is whole.
func (l *nativeLink) parsePiece() (*Stream, *slab, error) {
	r := &l.r
	st := r.part
	if n := min(r.need, r.end-r.pos); n > 0 {
		st.body.add(r.slab.buf[r.pos : r.pos+n])
		r.pos += n
		r.need -= n
	}
	if r.need > 0 {
		return nil, nil, nil
	}
	r.part = nil
	if b := &st.body; b.have < b.total {
		return nil, nil, nil
	}
	r.largest = min(max(r.largest, st.body.total), mostTrusted)
	return st, l.whole(st), nil
}
