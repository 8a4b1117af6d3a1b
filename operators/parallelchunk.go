package operators

// chunk is a run of values that one worker of a ParallelMap takes.
type chunk[T, U any] struct {
	values  []T
	results []U   // of the first of them
	err     error // why not of all

	// Guarded by parallelMap.mu.
	done bool
	next *chunk[T, U] // in its queue
}

// Next is there so that a chunk can be told of a panic.
func (c *chunk[T, U]) Next(U) bool { return false }

// Done notes that a call of f did not return.
func (c *chunk[T, U]) Done(err error) { c.err = err }

// reset forgets the values and keeps their room.
func (c *chunk[T, U]) reset() {
	clear(c.values)
	clear(c.results)
	c.values, c.results, c.done = c.values[:0], c.results[:0], false
}

// chunks is a queue.
type chunks[T, U any] struct{ first, last *chunk[T, U] }

func (q *chunks[T, U]) push(c *chunk[T, U]) {
	if q.first == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
}

// pop removes the first one; nil means that there is none.
func (q *chunks[T, U]) pop() *chunk[T, U] {
	c := q.first
	if c != nil {
		q.first, c.next = c.next, nil
	}
	return c
}

// runs is a first-in-first-out queue that is taken from in runs of values. It
// grows, and keeps its room.
type runs[T any] struct {
	ring  []T
	first int
	n     int
}

func (r *runs[T]) push(v T) {
	if r.n == len(r.ring) {
		n := r.n
		bigger := r.take(make([]T, 0, max(16, 2*n)), n)
		r.ring, r.first, r.n = bigger[:cap(bigger)], 0, n
	}
	r.ring[(r.first+r.n)%len(r.ring)] = v
	r.n++
}

// take moves the n oldest values to the end of dst.
func (r *runs[T]) take(dst []T, n int) []T {
	for n > 0 {
		part := r.ring[r.first:min(r.first+n, len(r.ring))]
		dst = append(dst, part...)
		clear(part)
		r.first = (r.first + len(part)) % len(r.ring)
		r.n -= len(part)
		n -= len(part)
	}
	return dst
}
