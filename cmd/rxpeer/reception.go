package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// received is a value, and whom it came from.
type received = peer.From[any]

// reception is one run of "rxpeer subscribe".
type reception struct {
	*subscribe
	*streams
	want context.Context // as long as values are wanted
	stop context.CancelFunc

	titles map[string]string // of origins, by address
	count  uint64

	mu      sync.Mutex
	dropped map[string]uint64 // values, by address
}

// of returns the values of the other side of c. They are sent as fast as they are
// taken, so that what is too much stays at their source.
func (r *reception) of(c *peer.Connection) stream.Observable[received] {
	opts := &peer.RemoteOptions{Policy: r.Policy.Policy, Window: r.Window, Lost: func(n uint64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.dropped[c.String()] += n
	}}
	if r.Rate > 0 && opts.Policy == nil {
		latest := stream.Latest()
		opts.Policy = &latest
	}
	if r.Rate > 0 && opts.Window == 0 {
		opts.Window = 1
	}
	values := operators.Map(peer.RemoteWith[any](c, r.Name, opts), func(v any) received { return received{Origin: c, Value: v} })
	if r.Rate == 0 {
		return values
	}
	every := time.Duration(float64(time.Second) / r.Rate)
	return stream.Lift(values, func(dst stream.Observer[received]) stream.Observer[received] {
		return &pace{Stage: stream.Stage[received]{Dst: dst}, want: r.want, every: every}
	})
}

// pace holds its source back after each value: the next one is asked for, and new,
// when the time has come.
type pace struct {
	stream.Stage[received]
	want  context.Context
	every time.Duration
}

func (p *pace) Next(v received) bool {
	if !p.Dst.Next(v) {
		return false
	}
	timer := time.NewTimer(p.every)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.want.Done():
	}
	return true
}

// ofAll returns the values of all peers around, while they expose the stream.
func (r *reception) ofAll(p *peer.Peer) stream.Observable[received] {
	return operators.FlatMap(peer.Keep(p, peer.Everyone()), func(c *peer.Connection) stream.Observable[received] {
		o := &origin{reception: r, conn: c}
		there := operators.Map(c.Exposed(), func(all []peer.Exposed) bool { return has(all, peer.KindStream, r.Name) })
		changes := operators.DistinctUntilChanged(there, func(is bool) bool { return is })
		return operators.Finally(operators.SwitchMap(changes, o.values), o.gone)
	}, &operators.MergeOptions{OnFailure: func(error) {}}) // it was told
}

// origin is one of those who expose the stream.
type origin struct {
	*reception
	conn *peer.Connection
	live atomic.Bool // it goes on
}

// values returns the stream, if there is one.
func (o *origin) values(is bool) stream.Observable[received] {
	if !is {
		o.gone(peer.ErrNotExposed)
		return stream.Never[received]()
	}
	o.live.Store(true)
	return operators.Catch(operators.Finally(o.of(o.conn), o.gone), func(error) stream.Observable[received] {
		return stream.Never[received]()
	})
}

// gone tells that the stream is over, unless it completed or the subscriber wanted
// no more.
func (o *origin) gone(err error) {
	if errors.Is(err, stream.ErrStopped) {
		return // for a reason that is told, too
	}
	if o.live.Swap(false) && err != nil && o.want.Err() == nil {
		o.notes.print(failEvent{"fail", o.conn.String(), notServed(o.conn, peer.KindStream, o.Name, true, err).Error()})
	}
}

// take prints a value.
func (r *reception) take(v received) error {
	r.out.print(valueEvent{"value", v.Origin.String(), r.Name, noted{v.Value}, r.origin(v.Origin)})
	if r.count++; r.count == r.Count {
		r.stop()
		return errEnough
	}
	return nil
}

// origin returns what people know c by, unless it is the only one so far.
func (r *reception) origin(c *peer.Connection) string {
	address := c.String()
	if r.titles[address] == "" {
		title := titleOf(c)
		if slices.Contains(slices.Collect(maps.Values(r.titles)), title) {
			title += " " + address
		}
		r.titles[address] = title
	}
	if len(r.titles) == 1 {
		return ""
	}
	return r.titles[address]
}

// summary tells what was dropped.
func (r *reception) summary() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, address := range slices.Sorted(maps.Keys(r.dropped)) {
		r.notes.print(droppedEvent{"dropped", address, r.dropped[address]})
	}
}
