package operators

import (
	"cmp"
	"slices"
	"time"
)

// panes holds values by their time. Panes are the pieces of time that windows
// consist of; where these overlap they share panes.
type panes[T any] struct {
	size, step time.Duration // of windows
	grain      time.Duration // the size of a pane, which divides both
	held       []*pane[T]    // those with values, the oldest first
	values     int
	closed     time.Time // windows that end until then have been delivered
}

type pane[T any] struct {
	begin  time.Time
	values []dated[T]
	sorted bool
}

// dated is a value and its time, counted from the begin of its pane.
type dated[T any] struct {
	value T
	at    time.Duration
}

// windowFrom returns the begin of the first window that ends after t.
func (p *panes[T]) windowFrom(t time.Time) time.Time {
	return t.Add(-p.size).Truncate(p.step).Add(p.step)
}

// add adds a value with the time t.
func (p *panes[T]) add(v T, t time.Time) {
	at := p.paneAt(t.Truncate(p.grain))
	at.values = append(at.values, dated[T]{v, t.Sub(at.begin)})
	p.values++
}

// paneAt returns the pane that begins at t.
func (p *panes[T]) paneAt(t time.Time) *pane[T] {
	i := len(p.held)
	if i > 0 && !p.held[i-1].begin.Before(t) { // it is not the newest
		var found bool
		i, found = slices.BinarySearchFunc(p.held, t, func(e *pane[T], t time.Time) int { return e.begin.Compare(t) })
		if found {
			return p.held[i]
		}
	}
	p.held = slices.Insert(p.held, i, &pane[T]{begin: t})
	return p.held[i]
}

// next returns the end of the oldest window with values that has not been
// delivered; false if there is none.
func (p *panes[T]) next() (end time.Time, ok bool) {
	if len(p.held) == 0 {
		return end, false
	}
	oldest := p.held[0].begin
	if oldest.Before(p.closed) {
		oldest = p.closed
	}
	return p.windowFrom(oldest).Add(p.size), true
}

// take returns the window with the given end, which next has returned, and
// closes it.
func (p *panes[T]) take(end time.Time) Window[T] {
	w := Window[T]{Begin: end.Add(-p.size), End: end}
	n, in := 0, 0
	for in < len(p.held) && p.held[in].begin.Before(end) {
		p.held[in].sort()
		n += len(p.held[in].values)
		in++
	}
	w.Values = make([]T, 0, n)
	for _, e := range p.held[:in] {
		for _, v := range e.values {
			w.Values = append(w.Values, v.value)
		}
	}
	p.closed = end
	p.forget(w.Begin.Add(p.step))
	return w
}

// forget forgets the panes before t, the begin of the next window.
func (p *panes[T]) forget(t time.Time) {
	n := 0
	for n < len(p.held) && p.held[n].begin.Before(t) {
		p.values -= len(p.held[n].values)
		n++
	}
	p.held = slices.Delete(p.held, 0, n)
}

// sort sorts the values, when no other can come.
func (e *pane[T]) sort() {
	if e.sorted {
		return
	}
	e.sorted = true
	slices.SortStableFunc(e.values, func(a, b dated[T]) int { return cmp.Compare(a.at, b.at) })
}
