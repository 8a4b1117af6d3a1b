package operators

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// chunkTime is about how long a worker is busy before it looks around, and
// maxChunk how many values it takes at most, however little time they need.
const (
	chunkTime = 20 * time.Microsecond
	maxChunk  = 64
)

// parallelMap is a subscription to a ParallelMap.
type parallelMap[T, U any] struct {
	ParallelOptions
	f       func(ctx context.Context, v T) (U, error)
	dst     stream.Observer[U]
	calls   *serial[U]
	room    chan struct{} // to the source: look again; has room for one
	work    func()        // run
	step    func()        // deliver
	woken   atomic.Bool   // the source has been told to look, and may not run yet
	failure error         // of the source, once that has left

	mu         sync.Mutex
	waiting    runs[T]      // nobody works on these
	results    chunks[T, U] // in the order of delivery
	spare      chunks[T, U] // empty
	size       int          // how many values a chunk gets now
	held       int          // how many values are in flight
	workers    int          // how many run
	delivering bool         // somebody does, or is about to
	full       bool         // the source waits
	over       bool         // a call has failed
}

func newParallelMap[T, U any](ctx context.Context, dst stream.Observer[U], f func(context.Context, T) (U, error), opts ParallelOptions) *parallelMap[T, U] {
	p := &parallelMap[T, U]{ParallelOptions: opts, f: f, dst: dst, room: make(chan struct{}, 1), size: 1}
	p.calls = newSerial[U](ctx, 2, nil, p.done)
	p.work, p.step = p.run, p.deliver
	return p
}

// put leaves v to the workers, if there is room and they need it, and reports
// whether one more of them should run.
func (p *parallelMap[T, U]) put(v T) (taken, more, hire bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over:
		return false, false, false
	case p.held >= p.InFlight:
		p.full = true
		return false, true, false
	}
	p.held++
	p.waiting.push(v)
	hire = p.workers < p.Workers
	if hire {
		p.workers++
	}
	return true, true, hire
}

// run is what a worker does.
func (p *parallelMap[T, U]) run() {
	defer p.calls.leave()
	for c := p.claim(); c != nil; c = p.claim() {
		p.compute(c)
		if p.woken.CompareAndSwap(true, false) {
			runtime.Gosched() // or workers keep the source from running until nothing is left
		}
	}
}

// claim returns a chunk to work on, nil if there is none. There is something
// for the other workers in what waits.
func (p *parallelMap[T, U]) claim() *chunk[T, U] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.waiting.n == 0 || p.calls.ctx.Err() != nil {
		p.workers--
		return nil
	}
	c := p.spare.pop()
	if c == nil {
		c = &chunk[T, U]{}
	}
	c.values = p.waiting.take(c.values, max(1, min(p.size, p.waiting.n/p.Workers)))
	if !p.Unordered {
		p.results.push(c)
	}
	return c
}

func (p *parallelMap[T, U]) compute(c *chunk[T, U]) {
	begun := time.Now()
	defer func() { p.complete(c, time.Since(begun)) }() // also if f ends the goroutine
	stream.Protect(c, func() {
		for _, v := range c.values {
			if p.calls.ctx.Err() != nil {
				return // nothing is delivered any more
			}
			u, err := p.f(p.calls.ctx, v)
			if err != nil {
				c.err = err
				return
			}
			c.results = append(c.results, u)
		}
	})
}

// complete deals with a chunk that was worked on for so long.
func (p *parallelMap[T, U]) complete(c *chunk[T, U], took time.Duration) {
	p.mu.Lock()
	c.done = true
	if p.Unordered {
		p.results.push(c)
	}
	if c.err != nil {
		p.over, p.waiting = true, runs[T]{} // what follows is not needed
		p.makeRoom()
	}
	p.adapt(len(c.values), took)
	deliver := !p.delivering && p.ready()
	p.delivering = p.delivering || deliver
	p.mu.Unlock()
	if deliver {
		p.calls.do(p.step)
	}
}

// adapt sets the size of chunks, after so many values took so long. It grows
// step by step only.
func (p *parallelMap[T, U]) adapt(values int, took time.Duration) {
	fit := int(chunkTime * time.Duration(values) / max(took, 1))
	p.size = max(1, min(fit, 2*p.size, maxChunk))
}

// ready reports whether there is something to deliver.
func (p *parallelMap[T, U]) ready() bool { return p.results.first != nil && p.results.first.done }

// deliver delivers what is ready. It is called by the holder of the role.
func (p *parallelMap[T, U]) deliver() {
	for c := p.next(nil); c != nil && p.deliverOne(c); c = p.next(c) {
	}
}

// next returns what is to be delivered after the chunk that has been, nil if
// there is nothing now.
func (p *parallelMap[T, U]) next(delivered *chunk[T, U]) *chunk[T, U] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := delivered; c != nil {
		p.held -= len(c.values)
		c.reset()
		p.spare.push(c)
		if p.held <= p.InFlight/2 {
			p.makeRoom()
		}
	}
	p.delivering = p.ready()
	if !p.delivering {
		return nil
	}
	return p.results.pop()
}

// makeRoom has the source look again if it waits.
func (p *parallelMap[T, U]) makeRoom() {
	if !p.full {
		return
	}
	p.full = false
	select {
	case p.room <- struct{}{}:
		p.woken.Store(true)
	default: // it has given up waiting
	}
}

// deliverOne delivers the results of c, and reports whether more may follow.
func (p *parallelMap[T, U]) deliverOne(c *chunk[T, U]) (more bool) {
	for _, u := range c.results {
		switch {
		case p.calls.dead || p.calls.outer.Err() != nil:
			return false
		case !p.dst.Next(u):
			p.calls.stop()
			return false
		}
	}
	if c.err != nil {
		p.calls.dead = true
		p.calls.fail(c.err)
	}
	return c.err == nil
}

func (p *parallelMap[T, U]) done(err error) {
	if err == nil {
		err = p.failure
	}
	p.dst.Done(err)
}
