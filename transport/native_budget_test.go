package transport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestAMessageLargerThanTheWindowArrives(t *testing.T) {
	for name, network := range map[string]func() (Network, string){
		"tcp": tcp, "memory": func() (Network, string) { return memory.New(nil), ":0" },
	} {
		t.Run(name, func(t *testing.T) {
			n, address := network()
			a, b := pairOn(t, n, n, address, Hello{}, &Options{Inbox: 1}, &Options{Inbox: 1, Window: 2})
			want := []string{"before", strings.Repeat("1", 1<<20), "between", strings.Repeat("2", 3000), strings.Repeat("3", 5000), "behind"}
			go func() {
				for _, s := range want {
					assert.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(s)))
				}
			}()
			assert.True(t, fmt.Sprint(want) == fmt.Sprint(collect(t.Context(), b).first(len(want))))
		})
	}
}

func TestALargeMessageTakesNothingOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const window, large = 64 << 10, 1 << 20
		link, c := bareNative(t, memory.New(nil), ":0", stranger(), &Options{Inbox: window})
		c.write(head(1, large, 1000))
		h, payload, err := readFrame(c)
		require.NoError(t, err)
		require.Equal(t, frame.Credit, h.Kind)
		g, err := frame.ParseCredit(payload)
		require.NoError(t, err)
		assert.Equal(t, frame.Grant{Bytes: large + nativeCharge}, g, "as soon as it begins")
		for left := large - 1000; left > 0; left -= 1000 {
			c.write(part(1, min(left, 1000)))
		}
		for range 16 {
			c.write(data(1, string(make([]byte, window/16-nativeCharge))))
		}
		synctest.Wait()
		require.NoError(t, link.Err(), "the window is whole, and nobody reads")
		assert.EqualValues(t, 17, link.Ledger().Received)
		c.write(data(1, ""))
		<-link.Done()
		assert.Equal(t, ReasonViolation, link.Err().(*CloseError).Reason, "and that was all of it")
	})
}

func TestAWindowIsDoubledForEachQuarterThatWasFreed(t *testing.T) {
	for freed, want := range map[int64]int64{
		firstWindow/4 - 1: firstWindow,
		firstWindow / 4:   2 * firstWindow,
		firstWindow / 2:   4 * firstWindow,
		firstWindow:       8 * firstWindow,
		4 * firstWindow:   DefaultInbox,
		1 << 30:           DefaultInbox,
	} {
		opts := (&Options{}).withDefaults()
		for now, size := range map[time.Duration]int64{growTime - 1: want, growTime: firstWindow} {
			var w window
			w.init(&opts)
			w.left -= freed
			w.freed = freed
			w.grant(int64(now))
			assert.Equal(t, size, w.size, "%d freed within %v", freed, now)
			assert.Equal(t, size, w.left, "nothing of it is in use")
		}
	}
}

func TestTheBudgetServesWaitingStreamsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{Inbox: 8 << 10, MaxMessage: 100_000})
		a, _ := nativePair(t, memory.Path{Delay: time.Millisecond}, opts, opts)
		var far []*Stream
		for range 6 {
			st, err := a.Open(nil, nil)
			require.NoError(t, err)
			far = append(far, <-opened)
			require.NoError(t, st.Send(t.Context(), codec.Bytes, make([]byte, 100_000)))
			time.Sleep(100 * time.Millisecond)
		}
		for i := range far {
			for j, st := range far {
				size, whole := waitingIn(st)
				assert.Equal(t, j < i+2, whole == 1, "%d after %d", j, i)
				if whole == 0 {
					assert.LessOrEqual(t, size, 8<<10)
				}
			}
			subscribed(t.Context(), far[i].Messages(), func(*Message) bool { return true })
			time.Sleep(100 * time.Millisecond)
		}
	})
}

func TestAStoppedStreamGivesItsPartOfTheBudgetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{Inbox: 8 << 10, MaxMessage: 100_000})
		a, _ := nativePair(t, memory.Path{Delay: 10 * time.Millisecond}, opts, opts)
		for range 3 {
			st, err := a.Open(nil, nil)
			require.NoError(t, err)
			require.NoError(t, st.Send(t.Context(), codec.Bytes, make([]byte, 100_000)))
			far := <-opened
			time.Sleep(5 * time.Millisecond) // in the middle
			far.Stop()                       // and the other direction goes on
			time.Sleep(time.Second)
		}
		st, err := a.Open(nil, nil)
		require.NoError(t, err)
		require.NoError(t, st.Send(t.Context(), codec.Bytes, make([]byte, 100_000)))
		far := <-opened
		time.Sleep(time.Second)
		_, whole := waitingIn(far)
		assert.Equal(t, 1, whole, "nobody holds the budget any more")
	})
}

func TestABatchOfALargeMessageTakesAboutAMillisecond(t *testing.T) {
	o := &sender{batch: writeBatch}
	for _, step := range []struct {
		n    int
		took time.Duration
		want int
	}{
		{writeBatch, 0, 2 * writeBatch},
		{writeBatch, 0, 2 * writeBatch}, // that was no whole one
		{2 * writeBatch, 2 * batchTime, 2 * writeBatch},
		{2*writeBatch - leastPiece + 1, batchTime / 2, mostBatch},
		{mostBatch, 0, mostBatch},
		{mostBatch, 5 * batchTime, mostBatch / 2},
		{1000, 5 * batchTime, mostBatch / 4},
		{1000, time.Second, leastBatch * 2},
		{1000, time.Second, leastBatch},
		{1000, time.Second, leastBatch},
		{leastBatch, 0, leastBatch * 2},
	} {
		o.paced(step.n, step.took)
		assert.Equal(t, step.want, o.batch, step)
	}
}

func TestPeersThatAnswerEachOthersLargeMessagesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each, rounds = 3, 8
		opts := &Options{Inbox: firstWindow, SendBuffer: 4000} // the window never grows
		a, b := nativePair(t, memory.Path{Delay: time.Millisecond}, opts, opts)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, errors.New("stuck"))
		defer cancel()
		var home sync.WaitGroup
		home.Add(2 * each)
		for _, l := range []Link{a, b} {
			subscribed(t.Context(), l.Messages(), func(m *Message) bool {
				if m.Body[0]++; m.Body[0] == rounds {
					home.Done()
					return true
				}
				return assert.NoError(t, l.Send(ctx, codec.Bytes, m.Body))
			})
		}
		for _, l := range []Link{a, b} {
			go func() {
				for range each {
					assert.NoError(t, l.Send(ctx, codec.Bytes, make([]byte, 1<<20)))
				}
			}()
		}
		home.Wait()
		for _, l := range []*nativeLink{a, b} {
			synctest.Wait()
			l.intake.mu.Lock()
			assert.EqualValues(t, 2*DefaultMaxMessage, l.budget, "all of it was given back")
			assert.Zero(t, l.data.window.held)
			assert.Zero(t, l.data.window.holds)
			l.intake.mu.Unlock()
			balanced(t, l.Ledger())
		}
	})
}
