package operators_test

import (
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestRateOperatorsConform(t *testing.T) {
	type options = streamtest.Options
	second := &options{Spacing: time.Second}
	for name, test := range map[string]func(t *testing.T){
		"Throttle leading": conforms(func(src ints) ints {
			return operators.Throttle(src, 1400*time.Millisecond, operators.Leading)
		}, second, 2, 5),
		"Throttle trailing": conforms(func(src ints) ints {
			return operators.Throttle(src, 1400*time.Millisecond, operators.Trailing)
		}, second, 4, 5, 6),
		"Throttle both": conforms(func(src ints) ints {
			return operators.Throttle(src, 1400*time.Millisecond, operators.Both)
		}, second, 2, 4, 5, 6),
		"Debounce": conforms(func(src ints) ints { return operators.Debounce(src, 500*time.Millisecond) }, second, numbers...),
		"Debounce of a fast source": conforms(func(src ints) ints {
			return operators.Debounce(src, 500*time.Millisecond)
		}, nil, 6),
		"Sample": conforms(func(src ints) ints { return operators.Sample(src, 1400*time.Millisecond) }, second, 2, 4, 6),
		"SampleBy": conforms(func(src ints) ints {
			return operators.SampleBy(src, stream.Tick(1400*time.Millisecond))
		}, &options{Spacing: 1001 * time.Millisecond}, 2, 4, 6),
		"Delay": conforms(func(src ints) ints { return operators.Delay(src, time.Second, nil) }, nil, numbers...),
		"Delay of one value at a time": conforms(func(src ints) ints {
			return operators.Delay(src, time.Second, &operators.DelayOptions{Limit: 1})
		}, nil, numbers...),
		"RateLimit": conforms(func(src ints) ints { return operators.RateLimit(src, 2, time.Second, 2) }, nil, numbers...),
	} {
		t.Run(name, test)
	}
}
