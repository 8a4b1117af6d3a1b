// Package stream is the typed reactive core: observables that push values
// through chains of direct calls, sinks that take them, and the subjects that
// are both.
//
// An [Observable] is a recipe: nothing runs before somebody subscribes. A
// source calls the stages of a chain directly, on its own goroutine; queues
// and goroutines exist only where an asynchronous boundary is asked for, and
// each boundary has a [Policy] that says what happens when it is full.
//
// Operators live in package operators. The conformance suite for sources and
// operators of your own is package streamtest.
package stream
