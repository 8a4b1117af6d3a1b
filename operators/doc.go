// Package operators transforms, combines and divides observables.
//
// Operators are functions that take the data first, so that their types need
// not be written:
//
//	hot := operators.Filter(readings, func(r Reading) bool { return r.Celsius > 30 })
//
// What they return is a recipe, as every [stream.Observable] is: nothing runs
// before somebody subscribes, each subscription has a state of its own (but for
// [Share], whose purpose it is to have one in common), and the same recipe may
// be subscribed to many times and at once.
//
// # How they run
//
// A fused operator is a direct call: a chain of them costs a few nanoseconds a
// value and stage, allocates nothing, and runs on the goroutine of its source.
// A [stream.Sink.TryEmit] at the beginning of a chain waits for none of the
// queues in it: a value that finds no room is dropped and counted, and the
// result is [stream.Overflow].
//
// An operator that several callers deliver to, such as sources, timers and
// goroutines of its own, is serial: one of them delivers, with no lock held.
// What the others bring meanwhile, or a subscriber emits from inside a callback,
// waits in a queue of 256 values; who finds that full waits, as long as the
// subscription lasts. So nothing is lost, nothing deadlocks, and a slow
// subscriber slows its sources down, until there is a [Buffer] between.
//
// Operators with a clock use timers and no goroutine that waits.
//
// # How they end
//
// Values that an operator holds when its source completes or fails are
// delivered first, then the end is passed on. When the subscriber stops, or its
// context ends, they are forgotten. Done comes last, when the operator has
// detached all its sources and its goroutines have returned. A panic in a
// function given to an operator, or in the subscriber, ends the subscription
// with a [*stream.PanicError], and nobody else notices.
//
// # At a glance
//
// The columns are: the goroutines that an operator owns, besides that of the
// subscription; the values that it may hold; what happens when a source fails;
// and what happens when what it holds is full. All keep the order of each
// source, and all forget what they hold when the context ends.
//
//	operator      goroutines        holds                  at failure             when full
//	Filter        none, fused       -                      ends                   -
//	Map           none, fused       -                      ends                   -
//	TryMap        none, fused       -                      ends, as at f's error  -
//	FilterMap     none, fused       -                      ends                   -
//	Scan          none, fused       the result             ends                   -
//	FlatMap       1 a cold source   256 and 256 waiting    that source ends       sources wait
//	Take          none, fused       -                      ends                   -
//	Batch         none, fused       a batch                delivers it, ends      delivers it
//	Batch, timed  none, timer       a batch, 256           delivers them, ends    source waits
//	SlidingCount  none, fused       a window               delivers it, ends      delivers it
//	Sliding       none, timer       window and step, 256   delivers them, ends    ErrOverflow, or evicts
//	Stats         none, fused       -                      ends                   -
//	Merge         1 a cold source   256                    delivers them, ends    sources wait
//	MergeAll      1 a cold source   256 and 256 waiting    that source ends       sources wait
//	GroupBy       none, timer       256 a group at first   ends all groups        oldest group completes, or ErrOverflow
//	Share         1 if o is cold    -                      ends all subscribers   -
//	Into          1 a branch        the branch's policy    delivers them, ends    the branch's policy
//	Buffer        1 if o is cold    the policy             delivers them, ends    the policy
//
// # Operators of your own
//
// A stage that is called by one source embeds [stream.Stage] and is made an
// operator by [stream.Lift]. The conformance suite of package streamtest tells
// whether it keeps the rules.
package operators
