package main

import (
	"context"
	"errors"
	"time"

	"github.com/rxpeer/rxpeer/cmd/rxpeer/internal/notation"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// target is the other side of "rxpeer send" and "rxpeer connect", and what is
// offered to it.
type target struct {
	Address string `arg:"" help:"Where the other peer listens: IP:PORT or HOST:PORT."`

	Type     codec.Type    `enum:"json,bytes,raw" default:"json" placeholder:"json|bytes|raw" help:"What the connection carries; raw is Python's pickle (${default})."`
	Lenient  bool          `help:"Allow both sides to send other data types as well."`
	Stream   bool          `help:"Make all messages one size, without headers."`
	DataSize int           `placeholder:"BYTES" help:"The size of the messages of a stream; that of the first by default."`
	Timeout  time.Duration `default:"2s" help:"How long the other side may take to answer, and be silent before it is probed (${default})."`
}

// Validate is called by kong.
func (t *target) Validate() error {
	if t.Address == "" {
		return nil // which kong reports
	}
	addr, err := parseAddr(t.Address)
	switch {
	case err != nil:
		return err
	case addr.Port() == 0:
		return usage("%q has no port; give IP:PORT or HOST:PORT", t.Address)
	case t.DataSize < 0:
		return usage("--data-size must not be negative")
	case t.DataSize > 0 && !t.Stream:
		return usage("--data-size needs --stream")
	case t.Timeout <= 0:
		return usage("--timeout must be positive")
	}
	return nil
}

// dialled is an established connection, and the peer whose only one it is.
type dialled struct {
	*target
	peer *peer.Peer
	conn *peer.Connection
	sink stream.Sink[any]
}

// patience is how long what was accepted may take to be sent. Who does not
// want to wait interrupts.
const patience = time.Hour

// dial connects. The caller closes.
func (t *target) dial(ctx context.Context, s *streams) (*dialled, error) {
	p, err := peer.Open(ctx, &peer.Options{
		Timeout: t.Timeout, Linger: patience, Offers: peer.DenyAll, NoDiscovery: true,
	})
	if err != nil {
		return nil, notOpen(err)
	}
	conn, err := p.Connect(ctx, t.Address, &peer.ConnectOptions{
		DataType: t.Type, Lenient: t.Lenient, Stream: t.Stream, DataSize: t.DataSize,
	})
	if err != nil {
		_ = p.Close() // it has no connections
		return nil, notConnected(t.Address, t.Timeout, err)
	}
	s.out.print(connectEvent{"connect", agreementOf(conn.Remote()), true})
	return &dialled{target: t, peer: p, conn: conn, sink: peer.SinkOf[any](conn)}, nil
}

// live returns a context that ends with the connection.
func (d *dialled) live(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(d.conn.Context(), cancel)
	return ctx, func() { stop(); cancel() }
}

// parse reads a value from the command line, a line or a file.
func (t *target) parse(text []byte) (v any, err error) {
	switch t.Type {
	case codec.Bytes:
		return text, nil
	case codec.Raw:
		v, err = notation.Parse(string(text), true)
	default:
		v, err = notation.Parse(string(text), false)
	}
	if errors.Is(err, notation.ErrNotJSON) {
		return string(text), nil
	}
	return v, err
}

// emit sends v.
func (d *dialled) emit(ctx context.Context, v any) error {
	err := d.sink.Emit(ctx, v)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, peer.ErrClosed):
		return d.lost()
	case ctx.Err() != nil:
		return ended("interrupted before everything was sent")
	}
	return notSent(err)
}

// lost says that the connection has ended too early.
func (d *dialled) lost() error {
	return ended("%s ended the connection before everything was sent%s; ask whoever runs it, or try again later", d.Address, reasonOf(d.conn))
}

func reasonOf(c *peer.Connection) string {
	why := (*transport.CloseError)(nil)
	if errors.As(c.Err(), &why) && why.Err != nil {
		return " (" + why.Err.Error() + ")"
	}
	return ""
}

// close ends the connection when everything accepted has left the send queue,
// and returns why not, if it could not. An interrupt leaves it so much time as
// the timeout.
func (d *dialled) close(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { time.AfterFunc(d.Timeout, d.conn.Abort) })()
	err := d.conn.Close()
	_ = d.peer.Shutdown(context.Background()) // it has no other connections; waits for callbacks
	if err != nil && ctx.Err() != nil {
		return ended("interrupted before everything was sent")
	}
	if why := (*transport.CloseError)(nil); errors.As(d.conn.Err(), &why) && (why.Err != nil || why.Undelivered > 0) {
		return d.lost()
	}
	return err
}

// drain lets the other side send without being slowed down. What comes is
// forgotten.
func (d *dialled) drain() { d.conn.Data().On(context.Background(), func(any) {}) }

// printClose prints how the connection ended.
func (d *dialled) printClose(s *streams) {
	if why := (*transport.CloseError)(nil); errors.As(d.conn.Err(), &why) {
		s.out.print(closeOf(d.conn, why, true))
	}
}
