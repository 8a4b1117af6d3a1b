package peertest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/peer/peertest"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
)

type Reading struct {
	Room    string `json:"room"`
	Celsius float64
	At      time.Time
	Tags    map[string][]int
	Parent  *Reading
	Any     any
	Pair    [2]bool
	secret  int // not sent
}

type renamed struct {
	Room    string `json:"place"`
	Celsius float64
}

type narrow struct {
	Room    int `json:"room"`
	Celsius float64
}

// told records what a test is told.
type told struct {
	testing.TB
	failures []string
}

func (t *told) Helper() {}
func (t *told) Errorf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
}

func TestTypesThatAgreeFit(t *testing.T) {
	peertest.Fits[Reading, Reading](t, nil)
	peertest.Fits[Reading, *Reading](t, cbor.Codec)
	peertest.Fits[Reading, any](t, nil)
	peertest.FitsAs[Reading, map[string]any](t, nil)
	peertest.Fits[string, string](t, nil)
	_ = Reading{}.secret
}

func TestTypesThatDisagreeAreFound(t *testing.T) {
	raw, err := codec.For(codec.Raw)
	assert.NoError(t, err)
	for name, c := range map[string]struct {
		check func(testing.TB, codec.Codec)
		codec codec.Codec
		says  []string
	}{
		"other names":     {peertest.Fits[Reading, renamed], nil, []string{"Reading is sent, renamed received", "is not what"}},
		"a renamed field": {peertest.FitsAs[Reading, renamed], nil, []string{"is not what"}},
		"another type":    {peertest.FitsAs[Reading, narrow], raw, []string{"cannot be received"}},
		"a channel":       {peertest.FitsAs[chan int, any], nil, []string{"cannot be sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			var told told
			c.check(&told, c.codec)
			if assert.Len(t, told.failures, len(c.says)) {
				for i, text := range c.says {
					assert.Contains(t, told.failures[i], text)
				}
			}
		})
	}
}
