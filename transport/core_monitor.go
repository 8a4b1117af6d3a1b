package transport

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// watchTick is how often a delivery that is under way is looked at: one
	// found running twice loses the role of reader.
	watchTick = 50 * time.Millisecond
	// yieldTick is the same for those that have yielded. To arm a timer wakes another
	// processor, as a rule: with a tick of a millisecond a call took a third longer.
	yieldTick = 10 * time.Millisecond
	// patience is how many timeouts a remote may owe an answer.
	patience = 3
)

// monitor is a link's clock: it notices subscribers that take long, and
// remotes that are silent. It owns three timers and no goroutine; the first two are
// armed only while a delivery is under way.
type monitor struct {
	heard atomic.Int64 // when something arrived last, in Link.now's time

	armed atomic.Bool   // watch will fire
	brief atomic.Bool   // yield will fire
	seen  atomic.Uint64 // the delivery that the last tick found

	mu    sync.Mutex
	watch *time.Timer
	yield *time.Timer // nil until a call of Next has yielded
	alive *time.Timer
	off   bool
}

// start begins to listen for silence.
func (m *monitor) start(l *core, first time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alive = time.AfterFunc(first, func() { m.listen(l) })
}

// stop ends both timers.
func (m *monitor) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = true
	if m.alive != nil {
		m.alive.Stop()
	}
	if m.watch != nil {
		m.watch.Stop()
	}
	if m.yield != nil {
		m.yield.Stop()
	}
}

// again lets alive fire after d.
func (m *monitor) again(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.off && m.alive != nil {
		m.alive.Reset(d)
	}
}

// delivering makes sure that a delivery that just began is watched. It costs
// one load of an atomic but once a tick.
func (m *monitor) delivering(l *core) {
	if !m.armed.Load() {
		m.arm(l)
	}
}

func (m *monitor) arm(l *core) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off || !m.armed.CompareAndSwap(false, true) {
		return
	}
	if m.watch == nil {
		m.watch = time.AfterFunc(watchTick, func() { m.tick(l) })
	} else {
		m.watch.Reset(watchTick)
	}
}

// rest lets go of what only a link that delivers needs.
func (m *monitor) rest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.armed.Load() {
		m.watch = nil
	}
	if !m.brief.Load() {
		m.yield = nil
	}
}

// tick looks at the delivery that is under way. It disarms before it looks:
// a delivery that begins now either is seen here or arms again.
func (m *monitor) tick(l *core) {
	m.armed.Store(false)
	n, running := l.intake.delivery()
	if !running {
		return
	}
	if m.seen.Swap(n) == n {
		l.takeOver()
		return
	}
	m.arm(l)
}

// listen looks after a remote that is silent.
func (m *monitor) listen(l *core) {
	silent := time.Duration(l.now() - m.heard.Load())
	if next := l.wire.silence(silent); next > 0 {
		m.again(next)
	}
}
