package peer

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOwnedBytesShareAChunkAndNothingElse(t *testing.T) {
	var o owner
	var all [][]byte
	for i := range 1000 {
		body := bytes.Repeat([]byte{byte(i)}, i%300)
		v, err := o.own(body)
		require.NoError(t, err)
		require.NotNil(t, v)
		assert.Equal(t, len(body), len(v))
		clear(body)
		all = append(all, v)
	}
	for i, v := range all {
		assert.Equal(t, bytes.Repeat([]byte{byte(i)}, i%300), v, "%d", i)
		if len(v) <= ownedSmall {
			assert.Equal(t, len(v), cap(v), "no room for what follows")
		}
		for j := range v {
			v[j] = 0xff
		}
	}
}

func TestOwningSmallBytesHardlyAllocates(t *testing.T) {
	var o owner
	body := make([]byte, 16)
	assert.Less(t, testing.AllocsPerRun(10_000, func() { _, _ = o.own(body) }), 0.5)
}
