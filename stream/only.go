package stream

import "context"

// This file is the short way of a value, for the most common case: a subject
// that remembers nothing and has one subscriber without a queue behind it.

// findOnly notes whether the short way is open.
func (s *Subject[T]) findOnly() {
	s.only = nil
	if len(s.subs) == 1 && s.subs[0].direct && s.memory == nil && !s.ended {
		s.only = s.subs[0]
	}
}

// emitOnly delivers v the short way. False means that it has to take the long
// one.
func (s *Subject[T]) emitOnly(ctx context.Context, v T) (done bool) {
	if !s.role.CompareAndSwap(roleFree, roleHeld) {
		return false
	}
	only := s.only
	if only == nil || only.cancelled.Load() {
		s.release(ctx)
		return false
	}
	normal := false
	defer func() {
		if !normal {
			if s.threwOnly(v, newPanicError(recover())) {
				s.release(ctx)
			}
			done = true
		}
	}()
	more := !only.stopped.Load() && only.next(v)
	normal = true
	if !more {
		s.dismiss(only)
	}
	if !s.role.CompareAndSwap(roleHeld, roleFree) {
		s.release(ctx)
	}
	return true
}

// emitRun delivers as many of values as go the short way and returns their
// number.
func (s *Subject[T]) emitRun(ctx context.Context, values []T) (n int) {
	if !s.role.CompareAndSwap(roleFree, roleHeld) {
		return 0
	}
	if s.only != nil {
		n = s.deliverRun(s.only, values)
	}
	s.release(ctx)
	return n
}

// deliverRun gives values to the only subscriber until somebody else has
// something to do here, and returns how many it got.
func (s *Subject[T]) deliverRun(only *subscriber[T], values []T) (n int) {
	normal := false
	defer func() {
		if !normal {
			n++
			s.threwOnly(values[n-1], newPanicError(recover()))
		}
	}()
	more := true
	next, stopped := only.next, only.stopped
	for ; more && n < len(values) && s.role.Load() == roleHeld; n++ {
		more = !stopped.Load() && next(values[n])
	}
	normal = true
	if !more {
		s.dismiss(only)
	}
	return n
}

// dismiss ends a subscriber that wants no more.
func (s *Subject[T]) dismiss(only *subscriber[T]) {
	if only.gone {
		return
	}
	only.gone = true
	s.compact()
	s.conclude(only, ErrStopped)
}

// threwOnly deals with a callback that did not return, and reports whether the
// caller still has the role.
func (s *Subject[T]) threwOnly(v T, err *PanicError) (held bool) {
	s.threw(context.Background(), 0, v, err)
	if err.Goexit {
		return false
	}
	s.compact()
	return true
}
