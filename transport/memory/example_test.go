package memory_test

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func Example() {
	n := memory.New(nil)
	kitchen, garden := n.Host("kitchen"), n.Host("garden")
	ctx := context.Background()

	l, err := kitchen.Listen(ctx, ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := garden.Dial(ctx, "kitchen:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := l.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.RemoteAddr(), "→", s.LocalAddr())

	fmt.Fprintln(c, "hello")
	line, err := bufio.NewReader(s).ReadString('\n')
	fmt.Printf("%q %v\n", line, err)

	c.Close()
	s.Close()
	l.Close()
	fmt.Println(n.Open())
	// Output:
	// garden:10000 → kitchen:80
	// "hello\n" <nil>
	// 0 0
}

func ExampleNetwork_Break() {
	n := memory.New(nil)
	ctx := context.Background()
	l, _ := n.Listen(ctx, "kitchen:80")
	defer l.Close()
	c, _ := n.Host("garden").Dial(ctx, "kitchen:80")
	defer c.Close()

	n.Break("garden", memory.Any)
	_, err := c.Read(make([]byte, 1))
	fmt.Println(err)
	fmt.Println(transport.IsReset(err))
	// Output:
	// read memory garden:10000->kitchen:80: read: connection reset by peer
	// true
}

func ExampleNetwork_Partition() {
	n := memory.New(nil)
	ctx := context.Background()
	l, _ := n.Listen(ctx, "kitchen:80")
	defer l.Close()
	c, _ := n.Host("garden").Dial(ctx, "kitchen:80")
	defer c.Close()
	s, _ := l.Accept()
	defer s.Close()

	n.Partition("garden", "kitchen")
	fmt.Fprint(c, "hello") // nobody is told
	s.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := s.Read(make([]byte, 10))
	fmt.Println(err)

	s.SetReadDeadline(time.Time{})
	n.Heal("garden", "kitchen")
	k, err := s.Read(make([]byte, 10))
	fmt.Println(k, err)
	// Output:
	// read memory kitchen:80->garden:10000: i/o timeout
	// 5 <nil>
}
