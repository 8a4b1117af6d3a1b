// Package operators transforms, combines and divides observables.
//
// Operators are functions that take the data first, so that their types need
// not be written:
//
//	hot := operators.Filter(readings, func(r Reading) bool { return r.Celsius > 30 })
//
// What they return is a recipe, as every [stream.Observable] is: nothing runs
// before somebody subscribes, each subscription has a state of its own (but for
// [Share], [ShareReplay], [Broadcast] and [Partition], whose purpose it is to
// have one in common), and the same recipe may be subscribed to many times and
// at once.
//
// Options come last, and nil is every default. In them zero means the default,
// which may be that there is no such limit or time, and a negative number
// switches off: a limit, a time to wait, a queue. Where nothing can be switched
// off a negative number is a mistake, and panics, as other arguments do that
// make no sense.
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
// subscription lasts. So nothing is lost, and a slow subscriber slows its sources
// down, until there is a [Buffer] between. Inside a callback of the subscriber
// such a wait would be for itself: use TryEmit there.
//
// Operators with a clock use timers and no goroutine that waits.
//
// # How they end
//
// Values that an operator holds when its source completes or fails are
// delivered first, then the end is passed on; the table says which ones drop
// theirs at a failure. When the subscriber stops, or its
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
// source, but for those that are there to change it (Reorder, EventWindows,
// RoundRobin, and ParallelMap when it is told so), and all forget what they
// hold when the context ends. The page docs/operators.md has the same with the
// diagrams, and what the operators are called in RxGo, RxJS and samber/ro.
//
//	operator              goroutines                       holds                       at failure              when full
//
//	transform
//	Map                   none, fused                      -                          ends                    -
//	TryMap                none, fused                      -                          ends, as at f's error   -
//	FilterMap             none, fused                      -                          ends                    -
//	Scan                  none, fused                      the result                 ends                    -
//	FlatMap               1 a cold source                  256 and 256 waiting        that source ends        sources wait
//	ConcatMap             1 a cold source                  256 and 256 waiting        ends                    source waits
//	SwitchMap             1 a cold source                  256, 64 detached           ends                    sources wait
//	ParallelMap           up to Workers                    256                        delivers them, ends     source waits
//	Pairwise              none, fused                      a value                    ends                    -
//	Timestamp             none, fused                      -                          ends                    -
//	TimeInterval          none, fused                      -                          ends                    -
//	Materialize           none, fused                      -                          delivers it, completes  -
//	Dematerialize         none, fused                      -                          ends                    -
//
//	filter
//	Filter                none, fused                      -                          ends                    -
//	Distinct              none, fused                      65536 keys                 ends                    forgets the oldest key
//	DistinctUntilChanged  none, fused                      a key                      ends                    -
//	Deadband              none, fused                      a number                   ends                    -
//	Skip                  none, fused                      -                          ends                    -
//	SkipWhile             none, fused                      -                          ends                    -
//	SkipUntil             1 a cold source                  -                          ends                    -
//	SkipLast              none, fused                      n values                   ends                    -
//	First                 none, fused                      -                          ends                    -
//	Last                  none, fused                      a value                    delivers it, ends       -
//	ElementAt             none, fused                      -                          ends                    -
//	Find                  none, fused                      -                          ends                    -
//	IgnoreElements        none, fused                      -                          ends                    -
//
//	end
//	Take                  none, fused                      -                          ends                    -
//	TakeWhile             none, fused                      -                          ends                    -
//	TakeUntil             1 a cold source                  -                          ends                    -
//	TakeLast              none, fused                      n values                   delivers them, ends     -
//	Timeout               none, fused, timer               -                          ends                    -
//
//	batches and windows
//	Batch                 none, fused                      a batch                    delivers it, ends       delivers it
//	Batch, timed          none, timer                      a batch, 256               delivers them, ends     source waits
//	TumblingCount         none, fused                      a window                   delivers it, ends       delivers it
//	SlidingCount          none, fused                      a window                   delivers it, ends       delivers it
//	Tumbling              none, timer                      window, 256                delivers them, ends     ErrOverflow, or evicts
//	Sliding               none, timer                      window and step, 256       delivers them, ends     ErrOverflow, or evicts
//	Sessions              none, timer                      1024 sessions of 1024, 256  delivers them, ends     delivers that silent for longest
//	Bursts                none, timer                      1024, 256                  delivers them, ends     delivers them
//	EventWindows          none, fused                      65536                      delivers them, ends     delivers oldest window
//	EventWindows, idle    none, timer                      65536, 256                 delivers them, ends     delivers oldest window
//	ShiftTime             1 a cold source                  256                        delivers them, ends     sources wait
//
//	rate
//	Throttle, leading     none, fused                      -                          ends                    -
//	Throttle, others      none, timer                      newest, 256                delivers it, ends       source waits
//	Debounce              none, timer                      newest, 256                delivers it, ends       source waits
//	Sample                none, timer                      newest, 256                delivers it, ends       source waits
//	SampleBy              1 a cold source                  newest, 256                delivers it, ends       sources wait
//	RateLimit             none, timer                      256                        delivers them, ends     source waits
//	Delay                 none, timer                      65536                      delivers them, ends as late  source waits
//
//	combine
//	Merge                 1 a cold source                  256                        delivers them, ends     sources wait
//	MergeAll              1 a cold source                  256 and 256 waiting        that source ends        sources wait
//	Concat                1 a cold source after a hot one  -                          ends                    -
//	Zip                   1 a cold source                  256 a source               delivers pairs, ends    sources wait
//	ZipAll                1 a cold source                  256 a source               delivers rows, ends     sources wait
//	CombineLatest         1 a cold source                  latest of each, 256        delivers them, ends     sources wait
//	CombineLatestAll      1 a cold source                  latest of each, 256        delivers them, ends     sources wait
//	WithLatestFrom        1 a cold source                  latest of other, 256       delivers them, ends     sources wait
//	Race                  1 a cold source                  -                          first to fail ends      -
//	StartWith             none, fused                      its values, 256 at first   delivers them, ends     source waits
//	DefaultIfEmpty        none, fused                      its value                  ends                    -
//	Join                  1 a cold source                  65536 a source, 256        delivers pairs, ends    ErrOverflow, or evicts
//
//	fan out
//	Share                 1 if o is cold                   -                          ends all subscribers    -
//	ShareReplay           1 if o is cold                   n, 256 a latecomer         ends all subscribers    source waits
//	Broadcast             1 if o is cold                   -                          ends all subscribers    -
//	Partition             1 if o is cold                   -                          ends both               -
//	GroupBy               none, timer                      256 a group at first       ends all groups         oldest group completes, or ErrOverflow
//	Into                  1 a branch                       the branch's policy        delivers them, ends     the branch's policy
//	RoundRobin            1 a branch                       the branch's policy        delivers them, ends     another branch, or the policy
//	ByKey                 1 a branch                       the branch's policy        delivers them, ends     the branch's policy
//
//	reduce
//	Reduce                none, fused                      the result                 drops it, ends          -
//	Count                 none, fused                      the result                 drops it, ends          -
//	Sum                   none, fused                      the result                 drops it, ends          -
//	Min                   none, fused                      the result                 drops it, ends          -
//	Max                   none, fused                      the result                 drops it, ends          -
//	Average               none, fused                      the result                 drops it, ends          -
//	Collect               none, fused                      all values, 1<<20          drops them, ends        ErrOverflow
//	ToMap                 none, fused                      all entries, 1<<20         drops them, ends        ErrOverflow
//	Stats                 none, fused                      -                          ends                    -
//	Quantiles             none, fused                      the numbers of a window    ends                    -
//	RunningStats          none, fused                      64 KiB                     ends                    -
//
//	failures
//	Retry                 1 after a wait, timer            -                          subscribes again        -
//	Repeat                1 if cold after hot              -                          ends                    -
//	Catch                 1 if cold after hot              -                          goes on with f(err)     -
//	OnErrorReturn         none, fused                      -                          delivers f(err), completes  -
//	DeadLetter            none, fused                      -                          ends; of f: goes on     waits for the sink
//
//	asynchronous
//	Buffer                1 if o is cold                   the policy                 delivers them, ends     the policy
//	ObserveOn             the executor's                   the policy                 delivers them, ends     the policy
//
//	watch
//	Tap                   none, fused                      -                          ends                    -
//	Finally               none, fused                      -                          calls f, ends           -
//	Metered               none, fused                      -                          ends                    -
//	Log                   none, fused                      -                          logs it, ends           -
//
//	order
//	Reorder               none, fused                      1024                       delivers them, ends     gives up missing ones
//	Reorder, timed        none, timer                      1024, 256                  delivers them, ends     gives up missing ones
//
// # Operators of your own
//
// A stage that is called by one source is a function around the next one, made
// an operator by [stream.Fuse], or by [stream.FuseEnd] if it decides how the
// stream ends:
//
//	func Clamp(o stream.Observable[float64], low, high float64) stream.Observable[float64] {
//		return stream.Fuse(o, func(next func(v float64) bool) func(v float64) bool {
//			return func(v float64) bool { return next(min(max(v, low), high)) }
//		})
//	}
//
// One that has to act at the end is an observer that embeds [stream.Stage],
// made an operator by [stream.Lift]. The conformance suite of package streamtest
// tells whether it keeps the rules.
package operators

//go:generate go run ./internal/catalog
