package memory

import (
	"cmp"
	"slices"
	"syscall"
	"time"
)

// Any stands for every host in [Network.SetPath], [Network.Partition],
// [Network.Heal] and [Network.Break].
const Any = "*"

// Path is how bytes travel between two hosts, the same in both directions.
type Path struct {
	// Delay is how long a byte is under way.
	Delay time.Duration

	// Jitter is the most that is added to Delay, drawn for each Write. Bytes
	// keep their order.
	Jitter time.Duration

	// MaxRead is how many bytes one Read returns at most. Zero means what the
	// reader's buffer holds.
	MaxRead int

	// RandomRead makes each Read return a number of bytes drawn between 1 and
	// what it could.
	RandomRead bool
}

// SetPath changes how bytes travel between two hosts from now on; bytes that
// are under way keep their time. The last call that names a pair of hosts,
// itself or by [Any], decides. Host names are in either order.
func (n *Network) SetPath(a, b string, path Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.paths.set(n.host(a), n.host(b), path)
	n.each(a, b, func(p *pair) { p.setPath(path) })
}

// Partition pulls the cable between two hosts: nothing arrives, not even that
// a connection was closed, and nobody is told, until [Network.Heal]. Writes go
// on until the buffers are full; Dial waits. The last call of Partition and
// Heal that names a pair of hosts, itself or by [Any], decides: after
// Partition(Any, Any), Heal("a", "b") leaves only these two connected. Any
// includes connections of a host with itself.
func (n *Network) Partition(a, b string) { n.setCut(a, b, true) }

// Heal ends what [Network.Partition] did. What was written meanwhile, and has
// had its delay, arrives at once.
func (n *Network) Heal(a, b string) { n.setCut(a, b, false) }

func (n *Network) setCut(a, b string, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cuts.set(n.host(a), n.host(b), cut)
	n.each(a, b, func(p *pair) { p.setCut(cut) })
	n.notify()
}

// Break breaks every connection between two hosts, both ends at once: they
// read what has arrived, then [syscall.ECONNRESET], which is what Write
// returns, too. What is under way is lost. New connections are possible.
func (n *Network) Break(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.each(a, b, func(p *pair) { p.snap(syscall.ECONNRESET) })
}

// each calls f for every connection between two hosts, the oldest first. n.mu
// is held.
func (n *Network) each(a, b string, f func(*pair)) {
	a, b = n.host(a), n.host(b)
	var found []*pair
	for p := range n.pairs {
		if covers(a, b, p.ends[0].local.host, p.ends[1].local.host) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(p, q *pair) int { return cmp.Compare(p.number, q.number) })
	for _, p := range found {
		f(p)
	}
}

// host returns the spelling of a host's name that everything here uses; one
// that is not specified is this machine.
func (n *Network) host(name string) string {
	if name = canonical(name); name == "" {
		name = n.opts.Host
	}
	return name
}

// rules maps pairs of hosts to values; the last one that covers a pair holds.
type rules[T any] struct{ list []rule[T] }

type rule[T any] struct {
	a, b  string
	value T
}

// set adds a rule and removes those that it hides, so that the list stays as
// short as the number of different pairs.
func (r *rules[T]) set(a, b string, value T) {
	r.list = slices.DeleteFunc(r.list, func(old rule[T]) bool { return covers(a, b, old.a, old.b) })
	r.list = append(r.list, rule[T]{a, b, value})
}

// of returns the value for two hosts, or the zero value.
func (r *rules[T]) of(a, b string) (value T) {
	for _, rule := range slices.Backward(r.list) {
		if covers(rule.a, rule.b, a, b) {
			return rule.value
		}
	}
	return value
}

// covers reports whether a pattern of two hosts includes the pair, in either
// order.
func covers(a, b, host1, host2 string) bool {
	is := func(pattern, host string) bool { return pattern == Any || pattern == host }
	return is(a, host1) && is(b, host2) || is(a, host2) && is(b, host1)
}
