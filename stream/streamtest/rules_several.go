package streamtest

import "testing"

// servesSeveral: Reactive Streams 1.9 and 1.11, at once and one after another.
func (s *specimen[T]) servesSeveral(t testing.TB) {
	x := s.try(t, "two subscriptions at once")
	one, two := s.plain(), s.plain()
	x.attach(one)
	x.attach(two)
	x.feed()
	x.finish()
	x.plainEnd(one)
	if !s.opts.Shared {
		x.plainEnd(two)
	}

	x = s.try(t, "two subscriptions, one after the other")
	one, two = s.plain(), s.plain()
	x.subscribe(one)
	x.feed()
	x.settle()
	x.subscribe(two)
	x.finish()
	x.plainEnd(one)
	if len(x.steps) == 0 && !s.opts.Shared {
		x.plainEnd(two)
	}
}

// isolatesFaults: the end of one subscription is its own.
func (s *specimen[T]) isolatesFaults(t testing.TB) {
	faults := map[string]func(k int) Act{
		"stops":        StopAt,
		"panics":       func(k int) Act { return PanicAt(k, errThrown) },
		"calls Goexit": GoexitAt,
	}
	for what, fault := range faults {
		for k := 1; k <= len(s.want); k++ {
			for _, order := range []string{"earlier", "later"} {
				x := s.try(t, "one Next %s at value %d, the %s subscriber", what, k, order)
				faulty, healthy := Record[T](fault(k)), s.plain()
				if order == "earlier" {
					x.subscribe(faulty)
				}
				x.subscribe(healthy)
				if order == "later" {
					x.subscribe(faulty)
				}
				x.feed()
				x.finish()
				if !s.opts.Shared {
					x.plainEnd(healthy)
				}
			}
		}
	}
}

// subscribesInside: subscribing to the same observable inside Next, and Done.
func (s *specimen[T]) subscribesInside(t testing.TB) {
	places := []int{AtEnd}
	for k := range s.want {
		places = append(places, k+1)
	}
	for _, k := range places {
		x := s.try(t, "subscribed inside the callback of value %d (0: Done)", k)
		inner := s.plain()
		subscribed := false
		outer := s.plain(CallAt(k, func() {
			subscribed = true
			run := x.observable.Attach(x.ctx, inner)
			if run != nil {
				go run() // ends with the trial
			}
		}))
		x.attach(outer)
		x.feed()
		x.settle()
		if subscribed {
			x.recs = append(x.recs, inner)
		}
		x.finish()
		x.plainEnd(outer)
		if len(x.steps) == 0 && !s.opts.Shared && subscribed {
			x.plainEnd(inner)
		}
	}
}

// emitsInside: what is emitted upstream inside Next is delivered after it.
func (s *specimen[T]) emitsInside(t testing.TB) {
	for k := 1; k <= len(s.want); k++ {
		x := s.try(t, "a value is emitted upstream inside Next at value %d", k)
		if x.emit == nil {
			x.cancel(errCancelled)
			return
		}
		rec := s.plain(CallAt(k, func() { x.emit() }))
		x.attach(rec)
		x.feed()
		x.finish()
	}
}
