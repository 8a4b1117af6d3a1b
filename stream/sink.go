package stream

import "context"

// Sink takes values. Its methods are safe for concurrent use; the values of
// one goroutine keep their order.
type Sink[T any] interface {
	// Emit hands v over. It waits only for a lossless subscriber that is full,
	// or for a full queue, until ctx ends; then it returns the cause of ctx.
	// A nil error means that v was accepted, not that it was handled. After
	// the end it returns [ErrClosed].
	Emit(ctx context.Context, v T) error

	// TryEmit hands v over without waiting for any queue. See [Result].
	TryEmit(v T) Result

	// Complete ends the sink: values accepted before are still delivered.
	// Later calls of Complete and Abort do nothing.
	Complete()

	// Abort ends the sink with a failure. A nil err is [ErrAborted].
	Abort(err error)
}

// Result says what became of a value given to [Sink.TryEmit].
type Result uint8

const (
	// OK means that every subscriber got the value, or has it queued.
	OK Result = iota
	// NoSubscribers means that nobody was there to get it and nothing keeps it.
	NoSubscribers
	// Overflow means that at least one subscriber missed the value. The miss
	// is counted; the others got it, so do not try again.
	Overflow
	// Closed means that the sink has ended.
	Closed
	// Invalid means that the sink cannot carry this value; Emit says why.
	Invalid
)

// String returns the result's name.
func (r Result) String() string {
	switch r {
	case OK:
		return "ok"
	case NoSubscribers:
		return "no subscribers"
	case Overflow:
		return "overflow"
	case Closed:
		return "closed"
	case Invalid:
		return "invalid"
	}
	return "unknown result"
}
