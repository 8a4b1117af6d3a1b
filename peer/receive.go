package peer

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// ReceiveOptions are the options of [ReceiveWith]. nil means every default.
type ReceiveOptions struct {
	// EndOnFault ends the stream with a *[Fault] when a message cannot be
	// decoded. Otherwise such a message is skipped. It is counted and reported
	// on Connection.Faults in both cases.
	EndOnFault bool

	// Lost is called, between the values, when the other side's sink dropped
	// some there (see [SinkWith]): n of them. It runs where Next does, and must
	// not block. nil means that they are only counted in the Ledger. Python peers
	// and peerpy's protocol do not tell.
	Lost func(n uint64)
}

// Receive returns what the other side sends, decoded straight into T: a struct
// or any other type that encoding/json knows on a JSON connection; []byte or
// string on a bytes connection; on a raw one the Go counterparts of Python's
// types; on others what their codec says. A T that the connection's data type
// can never carry ends the stream at once with a *[codec.TypeError]. Values own
// their memory; []byte values of up to 256 bytes on a bytes connection lie side
// by side in pieces of 4 KiB, and who keeps one of them keeps its piece.
//
// Callbacks run on the goroutine that reads the connection; see
// [Connection.Data] for the inbox behind it, and for how the stream ends.
func Receive[T any](c *Connection) stream.Observable[T] { return ReceiveWith[T](c, nil) }

// ReceiveWith is [Receive] with options.
func ReceiveWith[T any](c *Connection, opts *ReceiveOptions) stream.Observable[T] {
	var o ReceiveOptions
	if opts != nil {
		o = *opts
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		decode, err := codec.Decoder[T](c.codec)
		if err != nil {
			dst.Done(&Error{Op: "receive", Peer: c.String(), Err: err})
			return nil
		}
		r := &receiver[T]{
			Stage: stream.Stage[T]{Dst: dst}, next: stream.NextOf(dst), conn: c, endOnFault: o.EndOnFault, lost: o.Lost,
			dataType: c.dataType(), decode: decode,
		}
		if own, are := any(&r.decode).(*func([]byte) ([]byte, error)); are && r.dataType == codec.Bytes {
			*own = new(owner).own
		}
		return c.link.Messages().Attach(ctx, r)
	})
}

// receiver decodes messages.
type receiver[T any] struct {
	stream.Stage[T]
	next       func(v T) bool // of Dst
	conn       *Connection
	dataType   codec.Type
	decode     func(body []byte) (T, error)
	endOnFault bool
	lost       func(n uint64)
	ended      bool
}

func (r *receiver[T]) Next(m *transport.Message) bool {
	if m.Lost > 0 && r.lost != nil {
		r.lost(m.Lost)
	}
	if m.Type != r.dataType {
		return r.nextOther(m)
	}
	v, err := r.decode(m.Body)
	if err != nil {
		return r.fault(m, err)
	}
	return r.next(v)
}

// nextOther decodes a message of another type, which a lenient connection may
// carry.
func (r *receiver[T]) nextOther(m *transport.Message) bool {
	decode, err := decoderOf[T](r.conn.peer, m.Type)
	if err != nil {
		return r.fault(m, err)
	}
	v, err := decode(m.Body)
	if err != nil {
		return r.fault(m, err)
	}
	return r.next(v)
}

func (r *receiver[T]) fault(m *transport.Message, err error) bool {
	f := &Fault{Type: m.Type, Size: len(m.Body), Err: err}
	r.conn.report(f)
	if r.endOnFault {
		r.ended = true
		r.Dst.Done(f)
	}
	return !r.endOnFault
}

func (r *receiver[T]) Done(err error) {
	r.conn.read()
	if !r.ended {
		r.Dst.Done(err)
	}
}
