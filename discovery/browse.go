package discovery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// prober asks who is there: an asker, or a test.
type prober interface {
	ask(ctx context.Context) error
	answers() <-chan sighting
	close()
}

// Browse returns who comes and who goes on the network: a [Found] for each
// peer that answers for the first time, a [Lost] when it has left
// [Options.Misses] questions in a row unanswered: after that many intervals,
// or one more. The end of the subscription loses nobody.
//
// Each subscription asks for itself, at once and then every
// [Options.Interval], and reports those present anew. The stream is cold: it
// runs on the subscriber's goroutine. While the subscriber handles an event no
// question is asked and nobody is lost. Besides, the stream owns a goroutine
// for each address asked from, while it lasts.
//
// Interfaces may come and go. The stream fails only when its first question
// could not be asked on any, with [ErrNoInterface] or the errors of the
// system; after that, not being able to ask loses the peers.
func Browse(opts *Options) stream.Observable[Event] {
	o := opts.settled()
	return browse(o, func() prober { return newAsker(o) })
}

func browse(opts Options, open func() prober) stream.Observable[Event] {
	return stream.FromFunc(func(ctx context.Context, emit func(Event) bool) error {
		p := open()
		defer p.close()
		b := &browser{opts: opts, prober: p, table: newTable(opts), emit: emit}
		if err := b.run(ctx); err != nil {
			return fmt.Errorf("discovery: browse: %w", err)
		}
		return nil
	})
}

// browser is one subscription.
type browser struct {
	opts Options
	prober
	*table
	emit func(Event) bool
	full bool // already reported
}

// run asks and listens until ctx ends or the subscriber has enough.
func (b *browser) run(ctx context.Context) error {
	if err := b.ask(ctx); err != nil {
		return err
	}
	next := time.NewTimer(0)
	defer next.Stop()
	var due time.Time
	wait := func() {
		d := jitter(b.opts.Interval)
		due = time.Now().Add(d)
		next.Reset(d)
	}
	for wait(); ; {
		select {
		case <-ctx.Done():
			return nil // the source tells the cause
		case s := <-b.answers():
			told, enough := b.hear(s)
			if enough {
				return nil
			}
			if told && time.Now().After(due) {
				wait() // the subscriber took long: answers have piled up, hear them first
			}
		case <-next.C:
			if !b.turn() {
				return nil
			}
			_ = b.ask(ctx) // reported by the asker; the next may succeed
			wait()
		}
	}
}

// hear notes an answer. It returns whether the subscriber was told of it, and
// whether it has enough.
func (b *browser) hear(s sighting) (told, enough bool) {
	news, full := b.note(s)
	if full {
		b.opts.Counters.Overflow.Add(1)
		if !b.full {
			b.opts.Logger.Warn("discovery: too many peers, ignoring further ones", "limit", b.opts.Limit)
		}
	}
	b.full = b.full || full
	if !news {
		return false, false
	}
	return true, !b.emit(Event{Kind: Found, Addr: s.addr, Via: ViaBroadcast})
}

// turn ends a round. It returns false when the subscriber has enough.
func (b *browser) turn() bool {
	for _, addr := range b.table.turn() {
		b.full = false
		if !b.emit(Event{Kind: Lost, Addr: addr, Via: ViaBroadcast}) {
			return false
		}
	}
	return true
}

// jitter returns a duration that differs from d by up to a tenth.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}
