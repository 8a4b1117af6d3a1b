package discovery

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// DefaultPort is the UDP port that every peerpy peer answers on.
const DefaultPort = peerpy.DiscoveryPort

// Options are the settings of [Announce], [LocalPeers] and [Browse]; each uses
// those that concern it. nil means every default.
type Options struct {
	// Port is the UDP port that peers answer on; 0 means [DefaultPort]. Tests
	// and demonstrations take another one, so as not to meet strangers.
	Port uint16

	// Interfaces says on which interfaces to ask and to answer; nil means all
	// that are up. It may be called by several goroutines at once.
	Interfaces func(net.Interface) bool

	// Exclude are addresses that are not reported, such as one's own. An
	// unspecified IP address stands for every address of this machine, so that
	// the address of a listener may be given as it is.
	Exclude []netip.AddrPort

	// Wait is how long LocalPeers waits for answers; 0 or less means 500 ms,
	// which is what peerpy waits.
	Wait time.Duration

	// Interval is the time between two questions of Browse, give or take a
	// tenth, so that those who began together do not stay together; 0 or less
	// means 2 s.
	Interval time.Duration

	// Misses is how many questions in a row Browse lets a peer leave
	// unanswered before it is lost; 0 or less means 3. Broadcasts get lost,
	// on wireless networks often.
	Misses int

	// Limit is how many peers are remembered at most; further ones are
	// counted and not reported until others are lost. 0 means 256; less than
	// 0, no limit.
	Limit int

	// Rate is how many questions Announce answers in a second, after a burst
	// of as many; a single host gets a quarter of that. 0 means 256; less than
	// 0, no limit.
	Rate int

	// Invisible keeps Announce from answering until
	// [Announcement.SetInvisible] ends that.
	Invisible bool

	// Counters, when not nil, counts what happens. Calls may share one.
	Counters *Counters

	// Logger is told what goes wrong with which interface; nil means silence.
	Logger *slog.Logger
}

// Counters count what happens to datagrams. The zero value is ready. It is
// safe for concurrent use, and must not be copied.
type Counters struct {
	// Answered counts the questions that Announce has answered.
	Answered atomic.Uint64
	// Limited counts those it did not answer because there were too many.
	Limited atomic.Uint64
	// Unreachable counts those it did not answer because the peer does not
	// listen on the network they came from.
	Unreachable atomic.Uint64
	// Malformed counts the datagrams that are no header of the protocol.
	Malformed atomic.Uint64
	// Untrusted counts the answers that name an address which whoever sent
	// them cannot speak for.
	Untrusted atomic.Uint64
	// Overflow counts the answers of peers that there was no room to remember.
	Overflow atomic.Uint64
	// Failed counts the questions and answers that the system did not send.
	Failed atomic.Uint64
}

// Loopback is an [Options.Interfaces] that keeps everything on this machine.
func Loopback(i net.Interface) bool { return i.Flags&net.FlagLoopback != 0 }

// settled returns a copy with the defaults filled in.
func (o *Options) settled() Options {
	var s Options
	if o != nil {
		s = *o
		s.Exclude = slices.Clone(o.Exclude)
	}
	if s.Port == 0 {
		s.Port = DefaultPort
	}
	if s.Wait <= 0 {
		s.Wait = 500 * time.Millisecond
	}
	if s.Interval <= 0 {
		s.Interval = 2 * time.Second
	}
	if s.Misses <= 0 {
		s.Misses = 3
	}
	if s.Limit == 0 {
		s.Limit = 256
	}
	if s.Rate == 0 {
		s.Rate = 256
	}
	if s.Counters == nil {
		s.Counters = new(Counters)
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	return s
}

// excludes reports whether nothing is to be heard of that address.
func (o *Options) excludes(addr netip.AddrPort, own hostAddrs) bool {
	for _, x := range o.Exclude {
		if x.Port() != addr.Port() {
			continue
		}
		if ip := x.Addr().Unmap(); ip == addr.Addr() || ip.IsUnspecified() && own.has(addr.Addr()) {
			return true
		}
	}
	return false
}
