package operators_test

import (
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestFanningOutConforms(t *testing.T) {
	type options = streamtest.Options
	for name, test := range map[string]func(t *testing.T){
		"ShareReplay": conforms(func(src ints) ints {
			return operators.ShareReplay(src, 9, 0)
		}, &options{Shared: true}, numbers...),
		"Partition": conforms(func(src ints) ints {
			yes, no := operators.Partition(src, even)
			return operators.Merge(yes, no)
		}, nil, numbers...),
		"Broadcast to one": conforms(func(src ints) ints {
			return operators.Broadcast(src, 1)[0]
		}, nil, numbers...),
		"Broadcast": conforms(func(src ints) ints {
			all := operators.Broadcast(src, 3)
			return operators.Merge(all[2], operators.Merge(all[0], operators.Filter(all[1], even)))
		}, &options{Loose: true, AtCompletion: true}, 2, 2, 2, 4, 4, 4, 5, 5, 6, 6, 6),
	} {
		t.Run(name, test)
	}
}
