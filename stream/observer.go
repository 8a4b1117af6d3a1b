package stream

// Observer receives the values of one subscription.
//
// Calls are serial: no two run at once, and each happens before the next
// (Reactive Streams 1.3). They may come from different goroutines.
type Observer[T any] interface {
	// Next receives one value. False asks the source to stop: it then detaches
	// this observer and calls Done with [ErrStopped]. A Next that takes long
	// slows the source down.
	Next(v T) bool

	// Done ends the subscription: it is called exactly once, always, and last
	// (Reactive Streams 1.7). err is nil only at completion; it is
	// [ErrStopped] when the observer stopped, the cause of the context when
	// that ended, and otherwise the failure.
	Done(err error)
}
