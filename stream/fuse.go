package stream

// NextOf returns dst.Next as a function, which whoever has many values to
// deliver asks for once, when it attaches dst. To call a function is the
// fastest way from one stage to the next: calling a method of a generic type
// through [Observer] takes two more steps.
//
// Observers may have a method NextFunc() func(v T) bool that returns a faster
// equivalent of their Next; those of [Fuse] and [FuseEnd] have one. Calls of the
// function are calls of Next: all rules of [Observer] are about both.
func NextOf[T any](dst Observer[T]) func(v T) bool {
	if f, ok := dst.(interface{ NextFunc() func(v T) bool }); ok {
		return f.NextFunc()
	}
	return dst.Next
}

// Fuse returns the Observable of an operator whose stages are functions: each
// subscription delivers the values of src to the function that stage makes
// around the subscriber's next. Like next, it returns whether it wants more.
// What it keeps between values are its own variables; the end of src is passed
// on. There is no goroutine and no queue between them.
//
// A chain of such stages costs what nested closures cost.
func Fuse[T, U any](src Observable[T], stage func(next func(v U) bool) func(v T) bool) Observable[U] {
	return Lift(src, func(dst Observer[U]) Observer[T] {
		return &step[T, U]{Stage[U]{dst}, stage(NextOf(dst))}
	})
}

// FuseEnd is [Fuse] for operators that decide how a subscription ends: end is
// called once with what src ended with, and returns what the subscriber gets.
func FuseEnd[T, U any](src Observable[T], stage func(next func(v U) bool) (step func(v T) bool, end func(err error) error)) Observable[U] {
	return Lift(src, func(dst Observer[U]) Observer[T] {
		next, end := stage(NextOf(dst))
		return &lastStep[T, U]{step[T, U]{Stage[U]{dst}, next}, end}
	})
}

// step is the observer of a stage of [Fuse].
type step[T, U any] struct {
	Stage[U]
	next func(v T) bool
}

func (s *step[T, U]) Next(v T) bool            { return s.next(v) }
func (s *step[T, U]) NextFunc() func(v T) bool { return s.next }

// lastStep is the observer of a stage of [FuseEnd].
type lastStep[T, U any] struct {
	step[T, U]
	end func(err error) error
}

func (s *lastStep[T, U]) Done(err error) { s.Dst.Done(s.end(err)) }
