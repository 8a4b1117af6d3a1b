package transport

import (
	"errors"
	"unicode/utf8"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// typeNames are the data types by the number that a span has for them.
var typeNames = [...]codec.Type{codec.JSON, codec.Bytes, codec.Raw}

// typeNumber returns the number of a data type.
func typeNumber(t codec.Type) (uint8, bool) {
	for i, name := range typeNames {
		if t == name {
			return uint8(i), true
		}
	}
	return 0, false
}

var (
	errNotUTF8  = errors.New("not UTF-8")
	pingHeader  = string(peerpy.AppendPing(nil))
	dataOpening = "DATA|data_"
)

// isViolation reports whether err is about what the remote sent.
func isViolation(err error) bool {
	switch err.(type) {
	case *ProtocolError, *LimitError, *DataSizeError, *DataTypeError, *frame.Error:
		return true
	}
	return false
}

// textFrame is what stands at a message boundary.
type textFrame struct {
	head    int // bytes of header; 0 for a body alone
	body    int
	typ     uint8
	message bool // otherwise it is a header to be skipped
}

// whole reports whether nothing of a message has been read.
func (r *reader) whole() bool { return r.pos == r.end && r.big == nil }

// parse takes the messages that are complete out of what was read. It returns
// a slab with at least one, or nil when more must be read. An error comes
// after everything before it was returned.
func (l *textLink) parse() (*slab, error) {
	r := &l.r
	if r.big != nil {
		if r.bigHave < r.bigSize {
			return nil, nil
		}
		return r.finishBig(), nil
	}
	if r.slab == nil {
		return nil, nil
	}
	s := r.slab
	for r.pos < r.end {
		f, known, err := l.frame(s.buf[r.pos:r.end])
		switch {
		case !known || err != nil:
			if len(s.spans) > 0 {
				return s, nil
			}
			return nil, err
		case !f.message:
			r.pos += f.head
		case f.head+f.body <= r.end-r.pos:
			s.add(r.pos+f.head, f.body, f.typ)
			r.pos += f.head + f.body
			r.begun, r.sure = true, false
		case len(s.spans) > 0:
			return s, nil
		default:
			if f.head+f.body > len(s.buf) {
				r.pos += f.head
				r.begun, r.sure = true, false
				r.startBig(f.body, f.typ)
			}
			return nil, nil
		}
	}
	if len(s.spans) > 0 {
		return s, nil
	}
	return nil, nil
}

// frame looks at b, which begins at a message boundary and is not empty. It is
// not known what stands there as long as b is too short.
func (l *textLink) frame(b []byte) (f textFrame, known bool, err error) {
	if l.hello.Stream {
		return l.streamFrame(b)
	}
	if len(b) < peerpy.HeaderSize {
		return textFrame{}, false, nil
	}
	r, h := &l.r, b[:peerpy.HeaderSize]
	if r.lastFrame.message && string(h) == string(r.last[:]) {
		return r.lastFrame, true, nil
	}
	f, err = l.headerFrame(h)
	if f.message {
		r.last, r.lastFrame = [peerpy.HeaderSize]byte(h), f
	}
	return f, err == nil, err
}

// headerFrame reads any header.
func (l *textLink) headerFrame(h []byte) (textFrame, error) {
	r := &l.r
	switch peerpy.KindOf(h) {
	case peerpy.KindData:
		return l.dataFrame(h)
	case peerpy.KindPing:
		r.pings.Add(1)
		if !l.python() {
			l.control(&l.out.pong)
		}
	case peerpy.KindPong:
		if l.python() {
			r.unknown.Add(1)
		}
	default:
		if !utf8.Valid(h) {
			return textFrame{}, &ProtocolError{Waiting: "a header", Err: errNotUTF8}
		}
		r.unknown.Add(1)
	}
	return textFrame{head: peerpy.HeaderSize}, nil
}

// dataFrame reads a DATA header and holds it against the agreement.
func (l *textLink) dataFrame(h []byte) (textFrame, error) {
	d, err := peerpy.ParseData(h)
	if err != nil {
		return textFrame{}, &ProtocolError{Waiting: "a DATA header", Err: err}
	}
	if limit := int64(l.opts.MaxMessage); d.Size > limit {
		return textFrame{}, &LimitError{Size: d.Size, Limit: limit}
	}
	typ, exists := typeNumber(codec.Type(d.Type))
	if !exists || l.strict() && codec.Type(d.Type) != l.hello.DataType {
		return textFrame{}, &DataTypeError{Type: codec.Type(d.Type), Want: l.hello.DataType}
	}
	return textFrame{head: peerpy.HeaderSize, body: int(d.Size), typ: typ, message: true}, nil
}

// streamFrame is frame for a stream (docs/protocol.md, section 3). A fixed
// size has no headers at all. Otherwise the first message of the connection,
// in either direction, has one that sets the size. When both sides begin at
// once both send it, so the first message that arrives after one was sent may
// be of either kind; and a Python peer sends its PING here too. Such a header
// is told from data by its bytes. Where a short body could also be the
// beginning of one, it is data if nothing follows for a moment.
func (l *textLink) streamFrame(b []byte) (f textFrame, known bool, err error) {
	r := &l.r
	size := int(l.size.Load())
	if size == 0 {
		if len(b) < peerpy.HeaderSize {
			return textFrame{}, false, nil
		}
		return l.firstFrame(l.headerFrame(b[:peerpy.HeaderSize]))
	}
	ping, data := no, no
	if l.python() && !r.sure {
		ping = begins(b, pingHeader)
	}
	if !r.begun && !r.sure && l.hello.DataSize == 0 {
		data = begins(b, dataOpening)
		if data == yes && len(b) < peerpy.HeaderSize {
			data = perhaps
		}
	}
	switch {
	case ping == yes:
		r.pings.Add(1)
		return textFrame{head: peerpy.HeaderSize}, true, nil
	case ping == perhaps, data == perhaps:
		r.doubt = len(b) >= size
		return textFrame{}, false, nil
	case data == yes:
		f, err = l.dataFrame(b[:peerpy.HeaderSize])
		if _, bad := err.(*ProtocolError); !bad {
			return l.firstFrame(f, err)
		}
	}
	typ, _ := typeNumber(l.hello.DataType)
	return textFrame{body: size, typ: typ, message: true}, true, nil
}

// firstFrame sets the size of the stream.
func (l *textLink) firstFrame(f textFrame, err error) (textFrame, bool, error) {
	if err != nil || !f.message {
		return f, err == nil, err
	}
	if f.body == 0 {
		return textFrame{}, false, &DataSizeError{}
	}
	if l.size.Load() == 0 {
		l.r.pingsBefore.Store(l.r.pings.Load())
	}
	if !l.size.CompareAndSwap(0, int64(f.body)) {
		if size := l.size.Load(); size != int64(f.body) {
			return textFrame{}, false, &DataSizeError{Size: int64(f.body), Want: size}
		}
	}
	return f, true, nil
}

// answer is what can be said of bytes that are still coming.
type answer uint8

const (
	no answer = iota
	perhaps
	yes
)

// begins tells whether b begins with s.
func begins(b []byte, s string) answer {
	switch {
	case len(b) >= len(s):
		if string(b[:len(s)]) == s {
			return yes
		}
	case string(b) == s[:len(b)]:
		return perhaps
	}
	return no
}
