package peer

import (
	"context"
	"sync"
)

// activity counts what may be running callbacks. It is a WaitGroup to which
// may be added while somebody waits.
type activity struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n is 0 again; nil: nobody waits
}

// enter notes that something begins that may run callbacks; it calls leave.
func (a *activity) enter() {
	a.mu.Lock()
	a.n++
	a.mu.Unlock()
}

func (a *activity) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n--; a.n == 0 && a.idle != nil {
		close(a.idle)
		a.idle = nil
	}
}

// run calls f on a goroutine of its own, which nobody waits for but wait.
func (a *activity) run(f func()) {
	a.enter()
	go func() { // ends with f
		defer a.leave()
		f()
	}()
}

// wait waits until nothing is running, or returns the cause of ctx.
func (a *activity) wait(ctx context.Context) error {
	a.mu.Lock()
	if a.n == 0 {
		a.mu.Unlock()
		return nil
	}
	if a.idle == nil {
		a.idle = make(chan struct{})
	}
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
