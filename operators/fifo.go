package operators

// fifo is a first-in-first-out queue in a slice that grows and shrinks. Its
// zero value is empty.
type fifo[T any] struct {
	values []T
	first  int // those before have left
}

func (q *fifo[T]) len() int { return len(q.values) - q.first }

// at returns the i-th oldest value, to be read or changed.
func (q *fifo[T]) at(i int) *T { return &q.values[q.first+i] }

func (q *fifo[T]) push(v T) {
	if q.first > 0 && len(q.values) == cap(q.values) && q.first >= len(q.values)/2 {
		q.move(q.values[:0])
	}
	q.values = append(q.values, v)
}

// pop removes the oldest value; there must be one.
func (q *fifo[T]) pop() T {
	var zero T
	v := q.values[q.first]
	q.values[q.first] = zero
	q.first++
	switch n := q.len(); {
	case cap(q.values) > 64 && n < cap(q.values)/4:
		q.move(make([]T, 0, cap(q.values)/2))
	case n == 0:
		q.values, q.first = q.values[:0], 0
	}
	return v
}

// move moves the values to the beginning of room, which may be their own.
func (q *fifo[T]) move(room []T) {
	n := len(q.values)
	rest := append(room, q.values[q.first:]...)
	if cap(room) == cap(q.values) {
		clear(q.values[len(rest):n])
	}
	q.values, q.first = rest, 0
}
