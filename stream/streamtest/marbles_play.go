package streamtest

import (
	"context"
	"slices"
	"testing/synctest"
	"time"
)

// order says who comes first of what happens at one instant: the smaller.
type order struct {
	phase phase
	made  int // the number of the source, or what else it is
}

type phase uint8

const (
	subscriptions phase = iota
	stops
	actions
	emissions
)

func (o order) as(p phase) order { return order{p, o.made} }

func (o order) before(other order) bool {
	if o.phase != other.phase {
		return o.phase < other.phase
	}
	return o.made < other.made
}

// next returns the place of what is made now.
func (m *Marbles) next() order {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made++
	return order{emissions, m.made}
}

// turn is somebody who asks to be the next to do something.
type turn struct {
	order   order
	granted chan struct{}
}

// turn waits until it is the caller's turn to do something at this instant;
// false means that ctx has ended first.
func (m *Marbles) turn(ctx context.Context, place order) bool {
	t := &turn{order: place, granted: make(chan struct{})}
	m.mu.Lock()
	m.asking = append(m.asking, t)
	m.mu.Unlock()
	m.poke()
	select {
	case <-t.granted:
		return true
	case <-ctx.Done():
		m.withdraw(t)
		return false
	}
}

func (m *Marbles) withdraw(t *turn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.asking {
		if m.asking[i] == t {
			m.asking = append(m.asking[:i], m.asking[i+1:]...)
			return
		}
	}
}

// poke makes play look around.
func (m *Marbles) poke() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// first removes the one whose turn it is, nil if nobody asks.
func (m *Marbles) first() *turn {
	m.mu.Lock()
	defer m.mu.Unlock()
	best := -1
	for i, t := range m.asking {
		if best < 0 || t.order.before(m.asking[best].order) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	t := m.asking[best]
	m.asking = append(m.asking[:best], m.asking[best+1:]...)
	return t
}

// margin is how long expectations that have not ended are watched when all
// diagrams are over.
const margin = time.Second

// play lets the clock run until nothing is expected any more. All that diagrams
// say is done on the goroutines of their sources and when play gives them the
// turn; it waits then until the bubble has come to rest, so that the order is
// always the same.
func (m *Marbles) play() {
	m.mu.Lock()
	m.playing = true
	start := m.start
	end := time.Now().Add(m.length)
	m.mu.Unlock()
	for _, f := range start {
		f()
	}
	enough := time.NewTimer(time.Until(end))
	defer enough.Stop()
	for {
		synctest.Wait()
		if t := m.first(); t != nil {
			close(t.granted)
			continue
		}
		now := time.Now()
		open := func(e expecting) bool { return e.open(now.Before(end)) }
		if !now.Before(end.Add(margin)) || !slices.ContainsFunc(m.expectations, open) {
			return
		}
		select {
		case <-m.changed:
		case <-enough.C:
			enough.Reset(margin)
		}
	}
}

// expecting is what somebody expects.
type expecting interface {
	// open reports whether it is too early to judge. early is set while
	// diagrams go on.
	open(early bool) bool

	// freeze ends the test: what comes after it does not count.
	freeze()

	// stop ends what is live.
	stop()

	// judge fails the test unless what came before freeze was what was expected.
	judge()
}
