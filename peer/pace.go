package peer

import "time"

const (
	// A call that takes less than quickCall costs more to hand over to another
	// goroutine than it takes.
	quickCall = 10 * time.Microsecond
	// One that takes less than mediumCall was interrupted, as likely as not: the
	// system gave its processor to somebody else.
	mediumCall = 100 * time.Microsecond
	// One that takes slowCall has held up the calls behind it.
	slowCall = time.Millisecond
	// quickNext is quickCall for subscribers, which often send something: to write
	// that may take as long as the receiver takes to read it.
	quickNext = slowCall
	// leastRun is how many calls in a row must be quick before the next is taken
	// to be quick.
	leastRun = 16
	// mostRun is the same for a function that was taken for quick again and again
	// and was not.
	mostRun = 1 << 20
)

// pace says from how long a function took how long it is likely to take. The zero
// value knows nothing yet.
type pace struct {
	run  int // quick calls in a row
	need int // before the next is expected to be quick; 0 means leastRun
}

// quick reports whether the next call is expected to be quick.
func (p *pace) quick() bool { return p.run >= max(p.need, leastRun) }

// took tells of a call that has ended, and was quick if it took less than
// quick. One that took little longer halves what has been quick in a row. A slow one
// where a quick one was expected doubles what is asked for; 64 times that many quick
// ones halve it again.
func (p *pace) took(d, quick time.Duration) {
	asked := max(p.need, leastRun)
	switch {
	case d < quick:
		if p.run++; p.run >= 64*asked {
			p.need /= 2
			p.run = asked // to count anew; the next is still expected to be quick
		}
	case d >= slowCall && p.quick():
		p.need = min(2*asked, mostRun)
		p.run = 0
	case d < mediumCall:
		p.run /= 2
	default:
		p.run = 0
	}
}
