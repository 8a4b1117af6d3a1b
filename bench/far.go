package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// The comparisons of links have two processes: this one sends, and a child, the
// same program, receives. The child prints the address that it listens on. For
// each line "messages size" that it reads it receives that many messages, over a
// connection that it accepts or those that it has, and prints the result.

// childKind is the environment variable that makes the program a child: it names
// what is received.
const childKind = "RXPEER_BENCH_RECEIVES"

// far is a child.
type far struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	address string
}

var children struct {
	sync.Mutex
	byKind map[string]*far
}

// child returns the child that receives so, which is started when it is needed
// first.
func child(kind string) *far {
	return program(kind, func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childKind+"="+kind)
		return c
	})
}

// program returns the child of that kind. command makes it when it is needed
// first.
func program(kind string, command func() *exec.Cmd) *far {
	children.Lock()
	defer children.Unlock()
	if f := children.byKind[kind]; f != nil {
		return f
	}
	f := &far{command: command()}
	f.command.Stderr = os.Stderr
	var out io.Reader
	var err error
	if f.in, err = f.command.StdinPipe(); err == nil {
		if out, err = f.command.StdoutPipe(); err == nil {
			err = f.command.Start()
		}
	}
	must(err)
	f.out = bufio.NewReader(out)
	f.address = f.line()
	if children.byKind == nil {
		children.byKind = make(map[string]*far)
	}
	children.byKind[kind] = f
	return f
}

// stopChildren ends them all.
func stopChildren() {
	children.Lock()
	defer children.Unlock()
	for kind := range children.byKind {
		endChild(kind)
	}
}

// stopChild ends one, if there is one of that kind.
func stopChild(kind string) {
	children.Lock()
	defer children.Unlock()
	endChild(kind)
}

func endChild(kind string) {
	if f := children.byKind[kind]; f != nil {
		_ = f.in.Close()
		_ = f.command.Wait()
		delete(children.byKind, kind)
	}
}

// line reads a line that the child prints.
func (f *far) line() string {
	s, err := f.out.ReadString('\n')
	must(err)
	return strings.TrimSpace(s)
}

// expect tells the child what comes.
func (f *far) expect(n, size int) {
	_, err := fmt.Fprintln(f.in, n, size)
	must(err)
}

// result reads what the child has made of it.
func (f *far) result() (sum int) {
	_, err := fmt.Sscan(f.line(), &sum)
	must(err)
	return sum
}

// burns is the kind of a child that does nothing, all the time, when nobody else
// wants its core.
const burns = "burns"

// keepAwake keeps every core busy until the function that it returns is called.
func keepAwake() (stop func()) {
	var all []*exec.Cmd
	for range runtime.NumCPU() {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childKind+"="+burns)
		must(c.Start())
		all = append(all, c)
	}
	return func() {
		for _, c := range all {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
}

// receive is the child's program.
func receive(kind string) error {
	if kind == burns {
		runtime.LockOSThread()
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19); err != nil {
			return err
		}
		for parent := os.Getppid(); os.Getppid() == parent; {
			for range 1_000_000 {
			}
		}
		return nil
	}
	if serve, is := holders[kind]; is {
		return hold(serve)
	}
	serve, is := receivers[kind]
	if !is {
		return fmt.Errorf("nobody receives %q", kind)
	}
	address, next, err := serve()
	if err != nil {
		return err
	}
	fmt.Println(address)
	for {
		var n, size int
		if _, err := fmt.Scanln(&n, &size); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		sum, err := next(n, size)
		if err != nil {
			return err
		}
		fmt.Println(sum)
	}
}

// receivers are the ways to receive, by name. Each listens, and returns how to
// receive what comes next; nil for one that is not told what to expect.
var receivers = map[string]func() (address string, next func(n, size int) (sum int, err error), err error){
	"plain":         plainReceiver(false, plainLength),
	"plain, owned":  plainReceiver(true, plainLength),
	"plain peerpy":  plainReceiver(false, plainHeader),
	"plain echo":    plainEcho,
	"rxpeer":        rxpeerReceiver(eachBorrowed),
	"rxpeer, owned": rxpeerReceiver(eachOwned),
	"rxpeer named":  rxpeerReceiver(eachNamed),
	"rxpeer echo":   rxpeerEcho,
	"rxpeer calls":  rxpeerCalled,
	"nats":          natsReceiver,
	"nats echo":     natsEcho,
	"grpc":          grpcReceiver,
	"rsocket":       rsocketReceiver,
	"mangos":        mangosReceiver,
	"mangos echo":   mangosEcho,
	"plain fan":     plainFanReceiver,
	"rxpeer fan":    rxpeerFanReceiver,
	"emitters":      emittersReceiver,
	"streams":       streamsReceiver,
}

// message returns a message of that size; number puts its number in.
func message(size int) []byte { return make([]byte, size) }

func number(body []byte, i int) { binary.LittleEndian.PutUint64(body, uint64(i)) }

// counter checks that the messages come in order and whole, and adds up their
// numbers.
type counter struct {
	next, size, sum int
	last            int // how many there are; 0: the caller counts
}

// errLast is what a counter returns for the last message.
var errLast = errors.New("that was the last")

func (c *counter) count() error {
	c.sum += c.next
	if c.next++; c.next == c.last {
		return errLast
	}
	return nil
}

func (c *counter) take(body []byte) error {
	if i := int(binary.LittleEndian.Uint64(body)); i != c.next || len(body) != c.size {
		return fmt.Errorf("message %d of %d bytes comes where %d of %d should", i, len(body), c.next, c.size)
	}
	return c.count()
}

// must ends the program: in a measurement nothing may fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
