package peer

import (
	"errors"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// From is a value and the connection that it came over.
type From[T any] struct {
	Origin *Connection
	Value  T
}

// FromAllOptions are the options of [FromAll]. nil means every default.
type FromAllOptions struct {
	// Keep are the options of the connections, see [KeepWith].
	Keep *KeepOptions

	// Remote are the options of the subscriptions, see [RemoteWith]. With a
	// Policy a slow subscriber of the whole makes each source drop by itself;
	// otherwise it makes all of them wait.
	Remote *RemoteOptions

	// Failed is called when the stream of a peer has failed, before it is tried
	// again; one call at a time, and it must not block. nil means that failures
	// are only logged.
	Failed func(c *Connection, err error)
}

// FromAll returns the values that the peers selected expose under name, each with
// the connection that it came over. Peers come and go: connections are kept, as
// [Keep] does, and the stream of each peer is subscribed to when it is there. One
// that stalls, fails, or exposes nothing of that name disturbs no other: it is
// tried again with growing waits (see [operators.Retry]) as long as its connection
// lives, and after a new connection. One that completes is not.
//
// It ends with its subscriber, and completes when the peer closes.
func FromAll[T any](p *Peer, s Selector, name string, opts *FromAllOptions) stream.Observable[From[T]] {
	var o FromAllOptions
	if opts != nil {
		o = *opts
	}
	keep := KeepOptions{}
	if o.Keep != nil {
		keep = *o.Keep
	}
	keep.fill()
	sources := operators.Map(KeepWith(p, s, &keep), func(c *Connection) stream.Observable[From[T]] {
		values := operators.Map(RemoteWith[T](c, name, o.Remote), func(v T) From[T] { return From[T]{c, v} })
		return operators.Retry(values, &operators.RetryOptions{
			MinDelay: keep.MinDelay, MaxDelay: keep.MaxDelay,
			Retryable: func(err error) bool {
				p.log.Info("stream failed", "peer", c.addr, "name", name, "err", err)
				if o.Failed != nil {
					o.Failed(c, err)
				}
				return mayRecover(err)
			},
		})
	})
	return operators.MergeAll(sources, &operators.MergeOptions{
		Concurrency: keep.Peers,
		OnFailure:   func(error) {}, // it was told, and ends alone
	})
}

// mayRecover reports whether it makes sense to subscribe again on the same
// connection.
func mayRecover(err error) bool {
	if errors.Is(err, transport.ErrStreams) {
		return true
	}
	if _, closed := errors.AsType[*transport.CloseError](err); closed {
		return false
	}
	_, remote := errors.AsType[*RemoteError](err)
	return remote && !errors.Is(err, ErrType) && !errors.Is(err, ErrRefused)
}
