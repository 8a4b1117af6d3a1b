package peer

import (
	"fmt"
	"sync"
)

// places is who uses something exposed, and how many may.
type places struct {
	most, each int // over all connections, and of one; negative: no limit

	mu    sync.Mutex
	taken int
	by    map[*Connection]int // those that have any
}

// leastEach is what PerConnection is by default, if not more: as many calls of a
// function as a caller has under way.
const leastEach = mostCalls

func placesFor(o *ExposeOptions) places {
	most, each := o.Limit, o.PerConnection
	if most == 0 {
		most = DefaultLimit
	}
	switch {
	case each < 0 || most < 0 && each == 0:
		each = most
	case each == 0:
		each = max(most/4, leastEach)
	}
	return places{most: most, each: each, by: make(map[*Connection]int)}
}

// take takes a place for a user over c. An error is an ErrBusy.
func (p *places) take(c *Connection) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.most >= 0 && p.taken >= p.most:
		return fmt.Errorf("%w: %d at once", ErrBusy, p.most)
	case p.each >= 0 && p.by[c] >= p.each:
		return fmt.Errorf("%w: %d at once over a connection", ErrBusy, p.each)
	}
	p.taken++
	p.by[c]++
	return nil
}

// leave gives one back.
func (p *places) leave(c *Connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.by[c]--; p.by[c] == 0 {
		delete(p.by, c)
	}
}

func (p *places) active() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}
