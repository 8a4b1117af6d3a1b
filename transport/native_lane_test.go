package transport

import (
	"encoding/binary"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// TestALaneThatDropsTakesLittleMoreMemoryThanItsMessages has remotes that take
// nothing for now.
func TestALaneThatDropsTakesLittleMoreMemoryThanItsMessages(t *testing.T) {
	const sendBuffer = 256 << 10
	for name, c := range map[string]struct {
		policy stream.Policy
		size   int
		most   int // bytes of memory
	}{
		"the oldest, many":     {stream.DropOldest(1 << 20), 1000, sendBuffer + 3*writeSlab},
		"the oldest, of bytes": {stream.DropOldest(1 << 20), 4, sendBuffer + 3*writeSlab},
		"the oldest, of few":   {stream.DropOldest(500), 10, 3 * writeSlab},
		"the oldest of one":    {stream.Latest(), 1000, 2 * writeSlab},
		"the newest":           {stream.DropNewest(1 << 20), 1000, sendBuffer + 3*writeSlab},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts, opened := opening(Options{SendBuffer: sendBuffer})
				a, b := nativePair(t, memory.Path{}, opts, opts)
				st, err := a.Open(nil, &OpenOptions{Window: 1})
				require.NoError(t, err)
				ln := (<-opened).Lane(c.policy).(*nativeLane)
				for i := range uint32(100_000) {
					body := make([]byte, c.size)
					binary.LittleEndian.PutUint32(body, i)
					require.NoError(t, ln.Send(t.Context(), codec.Bytes, body))
				}
				b.out.mu.Lock()
				held := len(ln.ln.tail.buf)
				for _, c := range ln.ln.queue {
					held += len(c.buf)
				}
				b.out.mu.Unlock()
				assert.LessOrEqual(t, held, c.most)
				next, lost := uint32(0), uint64(0) // what is lost is told where it was
				subscribed(t.Context(), st.Messages(), func(m *Message) bool {
					next += uint32(m.Lost)
					assert.Equal(t, next, binary.LittleEndian.Uint32(m.Body))
					next++
					lost += m.Lost
					return true
				})
				synctest.Wait()
				require.NoError(t, ln.Send(t.Context(), codec.Bytes, binary.LittleEndian.AppendUint32(nil, 100_000)))
				synctest.Wait()
				assert.EqualValues(t, 100_001, next)
				assert.Equal(t, ln.Dropped(), lost)
			})
		})
	}
}
