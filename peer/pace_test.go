package peer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// calls tells p of so many calls that took d.
func (p *pace) calls(n int, d time.Duration) {
	for range n {
		p.took(d, quickCall)
	}
}

func TestAFunctionIsQuickAfterSomeCallsThatWere(t *testing.T) {
	var p pace
	assert.False(t, p.quick())
	p.calls(leastRun-1, 0)
	assert.False(t, p.quick())
	p.calls(1, 0)
	assert.True(t, p.quick())
	p.calls(1, mediumCall)
	assert.False(t, p.quick(), "it works now")
	p.calls(leastRun, 0)
	assert.True(t, p.quick())
}

func TestAQuickFunctionMayBeInterrupted(t *testing.T) {
	var p pace
	p.calls(2*leastRun, 0)
	p.calls(1, 2*quickCall)
	assert.True(t, p.quick(), "now and then")
	p.calls(1, 2*quickCall)
	assert.False(t, p.quick(), "but not again and again")
	p.calls(leastRun/2, 0)
	assert.True(t, p.quick())
	for range 1000 {
		p.calls(1, 0)
		p.calls(1, 2*quickCall)
	}
	assert.False(t, p.quick(), "half of them take longer")
}

func TestAFunctionThatIsSlowNowAndThenIsTrustedLessAndLess(t *testing.T) {
	var p pace
	surprises, calls := 0, 0
	for range 100_000 {
		for range 50 {
			if calls++; p.quick() {
				surprises++
				p.took(time.Second, quickCall)
				break
			}
			p.took(0, quickCall)
		}
		p.took(time.Second, quickCall) // at the latest: this was not taken for quick, and changes nothing but the run
	}
	assert.LessOrEqual(t, surprises, 2, "of 50 calls in a row one is slow")
	assert.Greater(t, calls, 4_000_000)

	p = pace{}
	for range 30 {
		p.calls(p.need+leastRun, 0)
		p.took(slowCall, quickCall)
	}
	assert.Equal(t, mostRun, p.need)
	p.calls(64*mostRun, 0)
	assert.Equal(t, mostRun/2, p.need, "it is forgiven in the end")
	p.calls(8*mostRun, 0)
	assert.Equal(t, mostRun/2, p.need, "but slowly")
	assert.True(t, p.quick())
}
