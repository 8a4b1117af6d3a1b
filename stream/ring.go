package stream

// ring is a first-in-first-out queue in a slice that grows when needed.
type ring[T any] struct {
	buf  []T // len is a power of two, or 0
	head int
	n    int
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = v
	r.n++
}

// pop removes the oldest value; there must be one.
func (r *ring[T]) pop() T {
	var zero T
	v := r.buf[r.head]
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	return v
}

// at returns the i-th oldest value.
func (r *ring[T]) at(i int) T { return r.buf[(r.head+i)&(len(r.buf)-1)] }

// appendTo moves all values to the end of dst.
func (r *ring[T]) appendTo(dst []T) []T {
	first := min(r.n, len(r.buf)-r.head)
	dst = append(dst, r.buf[r.head:r.head+first]...)
	dst = append(dst, r.buf[:r.n-first]...)
	clear(r.buf[r.head : r.head+first])
	clear(r.buf[:r.n-first])
	r.head, r.n = 0, 0
	return dst
}

func (r *ring[T]) grow() {
	bigger := make([]T, max(4, 2*len(r.buf)))
	first := copy(bigger, r.buf[r.head:])
	copy(bigger[first:], r.buf[:r.head])
	r.buf, r.head = bigger, 0
}
