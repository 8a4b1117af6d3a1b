package transport

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/sys/unix"
)

func TestAnAnswerIsOwedFromTheSecondRetransmissionOn(t *testing.T) {
	for name, c := range map[string]struct {
		info unix.TCPInfo
		want time.Duration
	}{
		"idle for an hour":   {unix.TCPInfo{Last_ack_recv: 3_600_000, Rto: 200_000}, 0},
		"one retransmission": {unix.TCPInfo{Last_ack_recv: 300, Retransmits: 1, Backoff: 1, Rto: 400_000}, 0},
		"one window probe":   {unix.TCPInfo{Last_ack_recv: 60_000, Probes: 1, Backoff: 8}, 0},
		"two window probes":  {unix.TCPInfo{Last_ack_recv: 1400, Probes: 2, Backoff: 3}, 1400 * time.Millisecond},
		"retransmissions": {
			unix.TCPInfo{Last_ack_recv: 1_500, Retransmits: 3, Backoff: 3, Rto: 1_600_000, Last_data_sent: 50},
			1450 * time.Millisecond, // 200 + 400 + 800 ms, and 50 ms since
		},
		"retransmissions after an idle hour": {
			unix.TCPInfo{Last_ack_recv: 3_600_000, Retransmits: 2, Backoff: 2, Rto: 800_000, Last_data_sent: 10},
			610 * time.Millisecond,
		},
		"never more than the silence": {
			unix.TCPInfo{Last_ack_recv: 500, Retransmits: 2, Backoff: 2, Rto: 800_000, Last_data_sent: 10},
			500 * time.Millisecond,
		},
		"a backoff beyond every shift": {
			unix.TCPInfo{Last_ack_recv: 400_000, Retransmits: 200, Backoff: 200, Rto: 120_000_000, Last_data_sent: 1},
			120_001 * time.Millisecond,
		},
	} {
		assert.Equal(t, c.want, owed(&c.info), name)
	}
}
