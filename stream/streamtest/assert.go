package streamtest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// AssertSound fails t for each call that broke the rules. The other assertions
// do so too.
func (r *Recorder[T]) AssertSound(t testing.TB) bool {
	t.Helper()
	breaches := r.Breaches()
	for _, breach := range breaches {
		t.Errorf("broken rule: %s", breach)
	}
	return len(breaches) == 0
}

// AssertValues fails t unless exactly the values want have come so far.
func (r *Recorder[T]) AssertValues(t testing.TB, want ...T) bool {
	t.Helper()
	sound := r.AssertSound(t)
	got := r.Values()
	if len(got) == 0 && len(want) == 0 {
		return sound
	}
	return assert.Equal(t, want, got, "values") && sound
}

// AssertLive fails t unless exactly the values want have come so far, and the
// stream has not ended.
func (r *Recorder[T]) AssertLive(t testing.TB, want ...T) bool {
	t.Helper()
	ok := r.AssertValues(t, want...)
	if r.Ended() {
		t.Errorf("ended with %v, but should be live", r.Err())
		return false
	}
	return ok
}

// AssertCompleted fails t unless exactly the values want have come, and then
// Done(nil).
func (r *Recorder[T]) AssertCompleted(t testing.TB, want ...T) bool {
	t.Helper()
	return r.assertEnd(t, nil, want)
}

// AssertFailed fails t unless exactly the values want have come, and then Done
// with an error that [errors.Is] target.
func (r *Recorder[T]) AssertFailed(t testing.TB, target error, want ...T) bool {
	t.Helper()
	return r.assertEnd(t, target, want)
}

func (r *Recorder[T]) assertEnd(t testing.TB, target error, want []T) bool {
	t.Helper()
	ok := r.AssertValues(t, want...)
	switch err := r.Err(); {
	case !r.Ended():
		t.Errorf("has not ended, but should have with %v", target)
		return false
	case !errors.Is(err, target):
		t.Errorf("ended with %v, want %v", err, target)
		return false
	}
	return ok
}
