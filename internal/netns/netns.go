package netns

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Host is a network namespace with a loopback interface and one Ethernet
// interface, eth0, of 1500 bytes.
type Host struct {
	// Namespace is its name, as ip-netns(8) lists it.
	Namespace string
	// Addr is the address of eth0.
	Addr netip.Addr
}

// networks counts those that this process has made.
var networks atomic.Uint32

// New returns hosts on a segment of their own, 10.77.0.0/24, the first being
// 10.77.0.1. It takes them away when the test ends, whatever still runs there.
func New(t testing.TB, hosts int) []*Host {
	t.Helper()
	if reason := missing(); reason != "" {
		if os.Getenv("RXPEER_CI") != "" {
			t.Fatalf("network namespaces are needed: %s", reason)
		}
		t.Skipf("network namespaces are needed: %s", reason)
	}
	prefix := fmt.Sprintf("rxpeer-%d-%d", os.Getpid(), networks.Add(1))
	bridge := prefix + "-bridge"
	add(t, bridge)
	ip(t, "-n", bridge, "link", "add", "br0", "type", "bridge")
	ip(t, "-n", bridge, "link", "set", "br0", "up")
	all := make([]*Host, hosts)
	for i := range all {
		h := &Host{
			Namespace: fmt.Sprintf("%s-%d", prefix, i+1),
			Addr:      netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)}),
		}
		all[i] = h
		add(t, h.Namespace)
		port := fmt.Sprintf("port%d", i+1)
		ip(t, "-n", bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", h.Namespace)
		ip(t, "-n", bridge, "link", "set", port, "master", "br0", "up")
		ip(t, "-n", h.Namespace, "addr", "add", h.Addr.String()+"/24", "broadcast", "+", "dev", "eth0")
		ip(t, "-n", h.Namespace, "link", "set", "lo", "up")
		ip(t, "-n", h.Namespace, "link", "set", "eth0", "up")
		// A default route, as most hosts have: Python peers look for theirs.
		ip(t, "-n", h.Namespace, "route", "add", "default", "dev", "eth0")
	}
	return all
}

// IP configures the host: it runs ip(8) with the given arguments there.
func (h *Host) IP(t testing.TB, args ...string) {
	t.Helper()
	ip(t, append([]string{"-n", h.Namespace}, args...)...)
}

// Command returns a command that will run on the host, and is killed when ctx
// ends.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", h.Namespace, name}, args...)...)
}

// missing returns what keeps this machine from having namespaces.
func missing() string {
	if runtime.GOOS != "linux" {
		return "they are Linux's, this is " + runtime.GOOS
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return err.Error()
	}
	if os.Geteuid() != 0 {
		return "only root can make them"
	}
	probe := fmt.Sprintf("rxpeer-%d-probe", os.Getpid())
	if err := try("netns", "add", probe); err != nil {
		return err.Error()
	}
	if err := try("netns", "del", probe); err != nil {
		return err.Error()
	}
	return ""
}

// add makes a namespace that goes with the test.
func add(t testing.TB, name string) {
	t.Helper()
	ip(t, "netns", "add", name)
	t.Cleanup(func() {
		if err := try("netns", "del", name); err != nil {
			t.Error(err)
		}
	})
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	if err := try(args...); err != nil {
		t.Fatal(err)
	}
}

func try(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
