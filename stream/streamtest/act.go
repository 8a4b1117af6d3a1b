package streamtest

import "runtime"

// Act is something that a [Recorder] does in each call of Next, which it tells
// the number of the value, counted from 1, and in Done, which it tells
// [AtEnd]. In Next, false asks the source to stop.
type Act func(n int) (more bool)

// AtEnd is the number that an [Act] gets in Done.
const AtEnd = 0

// StopAt returns an act that asks the source to stop at value n.
func StopAt(n int) Act {
	return func(i int) bool { return i != n || i == AtEnd }
}

// CallAt returns an act that calls f at value n.
func CallAt(n int, f func()) Act {
	return func(i int) bool {
		if i == n {
			f()
		}
		return true
	}
}

// PanicAt returns an act that panics with value at value n.
func PanicAt(n int, value any) Act {
	return CallAt(n, func() { panic(value) })
}

// GoexitAt returns an act that ends the goroutine at value n, as a failed
// require does.
func GoexitAt(n int) Act { return CallAt(n, runtime.Goexit) }

// BlockAt returns an act that waits at value n until release is closed, or
// something can be received from it.
func BlockAt(n int, release <-chan struct{}) Act {
	return CallAt(n, func() { <-release })
}
