package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// badHellos are handshakes that are none.
var badHellos = map[string]string{
	"no HELLO":              string(padded("HALLO|peer_name=a:1&data_type=json&strict=True")),
	"no separator":          "HELLO" + strings.Repeat("x", 123),
	"no fields":             string(padded("HELLO")),
	"missing name":          string(padded("HELLO|data_type=json&strict=True")),
	"missing type":          string(padded("HELLO|peer_name=a:1&strict=True")),
	"missing strict":        string(padded("HELLO|peer_name=a:1&data_type=json")),
	"a key without =":       string(padded("HELLO|peer_name=a:1&data_type=json&strict")),
	"a=b=c":                 string(padded("HELLO|peer_name=a:1&data_type=json&strict=a=b")),
	"duplicated keys":       string(padded("HELLO|peer_name=a:1&data_type=json&strict=&strict=")),
	"not UTF-8":             string(padded("HELLO|peer_name=\xff:1&data_type=json&strict=")),
	"unknown type":          string(padded("HELLO|peer_name=a:1&data_type=cbor&strict=True")),
	"negative size":         string(padded("HELLO|peer_name=a:1&data_type=json&strict=True&stream=True&data_size=-5")),
	"signed size":           string(padded("HELLO|peer_name=a:1&data_type=json&strict=True&stream=True&data_size=+5")),
	"blank in the size":     string(padded("HELLO|peer_name=a:1&data_type=json&strict=True&stream=True&data_size= 5")),
	"underscored size":      string(padded("HELLO|peer_name=a:1&data_type=json&strict=True&stream=True&data_size=1_0")),
	"enormous size":         string(padded("HELLO|peer_name=a:1&data_type=json&strict=True&stream=True&data_size=1000000000000")),
	"a request of the web":  "GET / HTTP/1.1\r\n" + strings.Repeat("x", 112),
	"zero bytes":            strings.Repeat("\x00", 128),
	"DATA before the HELLO": string(padded("DATA|data_size=5&data_type=json")),
}

// accepter accepts every offer and keeps the links.
type accepter struct {
	mu    sync.Mutex
	links []Link
}

func (a *accepter) handle(in *Incoming) {
	link, err := in.Accept()
	if err != nil {
		return
	}
	a.mu.Lock()
	a.links = append(a.links, link)
	a.mu.Unlock()
}

func (a *accepter) abort() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.links {
		l.Abort()
	}
}

// serving listens and accepts everything.
func serving(t *testing.T, network Network, address string, opts *Options) *Listener {
	t.Helper()
	var a accepter
	ln, err := Listen(t.Context(), network, address, a.handle, opts)
	require.NoError(t, err)
	t.Cleanup(a.abort)
	t.Cleanup(func() { assert.NoError(t, ln.Close()) })
	return ln
}

// good shows that ln still serves.
func good(t *testing.T, network Network, ln *Listener) {
	t.Helper()
	link, err := Dial(t.Context(), network, ln.Addr().String(), complete(Hello{}), nil)
	require.NoError(t, err)
	require.NoError(t, link.Close(0))
}

func TestABadHelloEndsOnlyItsConnection(t *testing.T) {
	for name, hello := range badHellos {
		t.Run(name, func(t *testing.T) {
			rejected := make(chan Rejection, 1)
			ln := serving(t, TCP{}, "127.0.0.1:0", &Options{Rejected: func(r Rejection) { rejected <- r }})
			conn, err := net.Dial("tcp", ln.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, hello)
			require.NoError(t, err)
			answer, err := io.ReadAll(conn)
			assert.NoError(t, err, "a FIN")
			assert.Empty(t, answer)
			r := <-rejected
			_, is := errors.AsType[*ProtocolError](r.Err)
			assert.True(t, is, r.Err)
			assert.Equal(t, conn.LocalAddr().String(), r.Remote.String())
			good(t, TCP{}, ln)
			assert.EqualValues(t, 1, ln.Stats().Malformed)
		})
	}
}

func TestUnknownKeysInAHelloAreIgnored(t *testing.T) {
	link, _ := accepting(t, TCP{}, "127.0.0.1:0", pythonHello+"&buffer_size=9&color=red", nil)
	assert.Equal(t, complete(Hello{}), link.Hello())
}

func TestAHelloMayComeInPieces(t *testing.T) {
	n := memory.New(&memory.Options{Path: memory.Path{MaxRead: 1}})
	accepting(t, n, ":0", pythonHello, nil)
}

func TestASilentConnectionDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		ln := serving(t, network, ":0", nil)
		var silent []net.Conn
		for range 10 {
			c, err := network.Dial(t.Context(), ln.Addr().String())
			require.NoError(t, err)
			silent = append(silent, c)
		}
		start := time.Now()
		good(t, network, ln)
		assert.Zero(t, time.Since(start))
		assert.Equal(t, 10, ln.Stats().Shaking)

		time.Sleep(2*time.Second + 1)
		synctest.Wait()
		for _, c := range silent {
			_, err := c.Read(make([]byte, 1))
			assert.Equal(t, io.EOF, err)
			_ = c.Close()
		}
		assert.EqualValues(t, 10, ln.Stats().Silent)
	})
}

func TestSilentConnectionsMakePlaceWhenThereAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		rejected := make(chan error, 10)
		ln := serving(t, network, ":0", &Options{
			Handshakes: 4, Handshake: time.Hour, Rejected: func(r Rejection) { rejected <- r.Err },
		})
		for range 4 {
			c, err := network.Dial(t.Context(), ln.Addr().String())
			require.NoError(t, err)
			defer c.Close()
		}
		synctest.Wait()
		start := time.Now()
		good(t, network, ln)
		assert.LessOrEqual(t, time.Since(start), crowdGrace)
		assert.EqualValues(t, 1, ln.Stats().Crowded)
		assert.Equal(t, ErrCrowded, <-rejected)
	})
}

func TestTwoHundredConnectionsAtOnceAreAllServed(t *testing.T) {
	ln := serving(t, TCP{}, "127.0.0.1:0", nil)
	var silent []net.Conn
	for range 100 {
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		silent = append(silent, c)
	}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			link, err := Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), &Options{Handshake: 10 * time.Second})
			if assert.NoError(t, err) {
				assert.NoError(t, link.Close(0))
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 200, ln.Stats().Accepted)
	for _, c := range silent {
		_ = c.Close()
	}
}

func TestAnOfferThatNobodyDecidesIsDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		offers := make(chan *Incoming, 1)
		rejected := make(chan error, 10)
		ln, err := Listen(t.Context(), network, ":0", func(in *Incoming) { offers <- in },
			&Options{Rejected: func(r Rejection) { rejected <- r.Err }})
		require.NoError(t, err)
		start := time.Now()
		_, err = Dial(t.Context(), network, ln.Addr().String(), complete(Hello{}), nil)
		denied, is := errors.AsType[*DeniedError](err)
		require.True(t, is, err)
		assert.Equal(t, "not decided in time", denied.Reason)
		assert.Equal(t, 1500*time.Millisecond, time.Since(start), "below Python's two seconds")
		assert.Equal(t, &TimeoutError{Waiting: "decision"}, <-rejected)
		late := <-offers
		_, err = late.Accept()
		assert.ErrorIs(t, err, ErrClosed, "too late")
		assert.ErrorIs(t, late.Deny(""), ErrClosed)
		assert.EqualValues(t, 1, ln.Stats().Expired)
		require.NoError(t, ln.Close())
	})
}

func TestADeniedOfferTellsItsReasonOnlyToPeersOfThisModule(t *testing.T) {
	ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(in *Incoming) {
		assert.NoError(t, in.Deny("not today"))
	}, nil)
	require.NoError(t, err)
	defer ln.Close()
	_, err = Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), nil)
	denied, is := errors.AsType[*DeniedError](err)
	require.True(t, is, err)
	assert.Equal(t, "not today", denied.Reason)

	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	c := bare{conn, t}
	c.say(pythonHello)
	c.hear("DENY")
	_, err = c.rest()
	assert.NoError(t, err, "a FIN")
	assert.EqualValues(t, 2, ln.Stats().Denied)
}

func TestTooManyUndecidedOffersAreDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		ln, err := Listen(t.Context(), network, ":0", func(*Incoming) {}, &Options{Undecided: 2})
		require.NoError(t, err)
		results := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := Dial(t.Context(), network, ln.Addr().String(), complete(Hello{}), nil)
				results <- err
			}()
		}
		denied, is := errors.AsType[*DeniedError](<-results)
		require.True(t, is)
		assert.Equal(t, "too many offers", denied.Reason)
		assert.EqualValues(t, 1, ln.Stats().Crowded)
		assert.Equal(t, 2, ln.Stats().Undecided)
		<-results
		<-results
		require.NoError(t, ln.Close())
	})
}

func TestClosingAListenerEndsHandshakesAndOffersButNotLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		offers := make(chan *Incoming, 2)
		ln, err := Listen(t.Context(), network, ":0", func(in *Incoming) { offers <- in }, nil)
		require.NoError(t, err)
		dialed := make(chan any, 2)
		dial := func() {
			link, err := Dial(t.Context(), network, ln.Addr().String(), complete(Hello{}), nil)
			if err != nil {
				dialed <- err
				return
			}
			dialed <- link
		}
		go dial()
		b, err := (<-offers).Accept()
		require.NoError(t, err)
		a := (<-dialed).(Link)
		go dial()
		undecided := <-offers
		silent, err := network.Dial(t.Context(), ln.Addr().String())
		require.NoError(t, err)
		synctest.Wait()

		require.NoError(t, ln.Close())
		require.NoError(t, ln.Close(), "idempotent")
		<-ln.Done()
		assert.ErrorIs(t, ln.Err(), ErrClosed)
		assert.ErrorIs(t, ln.Err(), net.ErrClosed)
		_, err = silent.Read(make([]byte, 1))
		assert.Equal(t, io.EOF, err)
		_ = silent.Close()
		denied, is := errors.AsType[*DeniedError]((<-dialed).(error))
		require.True(t, is)
		assert.Equal(t, "closing", denied.Reason)
		_, err = undecided.Accept()
		assert.ErrorIs(t, err, ErrClosed)

		in := collect(t.Context(), b)
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("still here")))
		assert.Equal(t, []string{"still here"}, in.first(1))
		require.NoError(t, a.Close(0))
		require.NoError(t, b.Close(0))
	})
}

func TestAListenerMayBeClosedByItsHandler(t *testing.T) {
	done := make(chan struct{})
	var ln *Listener
	ready := make(chan struct{})
	ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(in *Incoming) {
		<-ready
		assert.NoError(t, ln.Close())
		close(done)
	}, nil)
	require.NoError(t, err)
	close(ready)
	_, err = Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), nil)
	assert.Error(t, err)
	<-done
}

func TestAThousandConnectionsLeaveNothing(t *testing.T) {
	before := descriptors(t)
	ln := serving(t, TCP{}, "127.0.0.1:0", nil)
	cycles := 1000
	if testing.Short() {
		cycles = 100
	}
	for i := range cycles {
		link, err := Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), nil)
		require.NoError(t, err)
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte(fmt.Sprint(i))))
		require.NoError(t, link.Close(0))
	}
	require.NoError(t, ln.Close())
	require.Eventually(t, func() bool { return descriptors(t) <= before+2 }, 5*time.Second, 10*time.Millisecond)
}
