package discovery

import (
	"hash/maphash"
	"net/netip"
	"time"
)

// shares is how many buckets the senders are spread over. Some share one; so
// the memory is bounded, whoever invents addresses.
const shares = 64

// limiter bounds the answers a second, of all and of each sender. It is not
// safe for concurrent use.
type limiter struct {
	seed   maphash.Seed
	rate   float64 // less than 0: no limit
	total  bucket
	sender [shares]bucket
}

func newLimiter(rate int) *limiter {
	return &limiter{seed: maphash.MakeSeed(), rate: float64(rate)}
}

// allow reports whether a question that came now may be answered.
func (l *limiter) allow(now time.Time, sender netip.Addr) bool {
	if l.rate < 0 {
		return true
	}
	own, share := &l.sender[maphash.Comparable(l.seed, sender)%shares], max(1, l.rate/4)
	own.fill(now, share)
	l.total.fill(now, l.rate)
	if own.used+1 > share || l.total.used+1 > l.rate {
		return false // and takes nothing from others
	}
	own.used++
	l.total.used++
	return true
}

// bucket holds one token for each answer that may be given. It is full at
// first, and an empty one is full again after a second.
type bucket struct {
	used float64
	at   time.Time
}

// fill puts in the tokens of the time that has passed.
func (b *bucket) fill(now time.Time, size float64) {
	if d := now.Sub(b.at).Seconds(); d > 0 {
		b.used = max(0, b.used-d*size)
		b.at = now
	}
}
