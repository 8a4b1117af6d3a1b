// Package streamtest tests observables and operators, those of this module
// and yours.
//
// [Conform] and its kin put a source, and [ConformOperator] an operator,
// through everything that package stream promises of them: calls that are
// serial, an end that comes exactly once and last, stopping and cancelling at
// every value, callbacks that panic or call [runtime.Goexit] at every value,
// calls from inside callbacks, and nothing left behind: no goroutine, no
// registration with a context, no subscription upstream. Failures name the
// rule of the Reactive Streams specification (version 1.0.4) that was broken.
//
// The suite runs on virtual time, inside [testing/synctest] bubbles, so that
// operators with clocks are tested as quickly as others. Whatever a source
// under test waits for must therefore be made inside the function that
// returns it.
//
// [Run] and [ExpectOperator] test with marble diagrams: what goes in and what
// must come out is drawn, one character a millisecond of virtual time. The
// notation is that of the doc comments of package operators, see [Marbles].
//
// A [Recorder] is an observer that writes down what it is told and notices
// when the rules are broken, for tests of your own; [Act] lets it stop, panic,
// block or call something at a certain value. A [Probe] counts who is
// subscribed to a source.
package streamtest
