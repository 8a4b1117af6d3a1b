package transport

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// sentry waits for the links that are asleep, on one goroutine for all of them,
// which lives as long as there are any. A link comes to it once for each time that
// it falls asleep.
type sentry struct {
	mu     sync.Mutex
	posts  []*core // who is asleep, by file descriptor
	asleep int
	file   *os.File // an epoll; nil while nobody is asleep
	fd     int      // the same
}

// guard is the sentry of all links.
var guard sentry

// take lets the sentry wake l when there is something to read. It reports whether
// it will; it may have happened already.
func (s *sentry) take(l *core) (taken bool) {
	if l.raw == nil {
		return false
	}
	_ = l.raw.Control(func(fd uintptr) { taken = s.post(int(fd), l) == nil }) // not called when it is closed
	return taken
}

func (s *sentry) post(fd int, l *core) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	for fd >= len(s.posts) {
		s.posts = append(s.posts, nil)
	}
	if s.posts[fd] == nil { // otherwise a link that has just ended had it before
		s.asleep++
	}
	s.posts[fd], l.post = l, fd
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd)}
	err := unix.EpollCtl(s.fd, unix.EPOLL_CTL_MOD, fd, &event)
	if errors.Is(err, unix.ENOENT) {
		err = unix.EpollCtl(s.fd, unix.EPOLL_CTL_ADD, fd, &event)
	}
	if err != nil {
		s.leave(fd)
	}
	return err
}

// open begins to wait. mu is held.
func (s *sentry) open() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it, without a thread
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return err
	}
	s.file, s.fd = file, fd
	go s.watch(raw, fd) // ends when nobody is asleep
	return nil
}

// watch wakes those for whom there is something to read, until the epoll is
// closed.
func (s *sentry) watch(raw syscall.RawConn, fd int) {
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := raw.Read(func(uintptr) bool {
			n, _ = unix.EpollWait(fd, events, 0) // none: wait, as the runtime does
			return n > 0
		})
		if err != nil {
			return
		}
		for _, event := range events[:n] {
			s.mu.Lock()
			l := s.leave(int(event.Fd))
			s.mu.Unlock()
			if l != nil {
				l.wake()
			}
		}
	}
}

// forget is for a link that has ended, if it is asleep.
func (s *sentry) forget(l *core) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.post < len(s.posts) && s.posts[l.post] == l {
		s.leave(l.post)
	}
}

// leave returns the link that is asleep with that file descriptor, nil if there is
// none, and forgets it. mu is held.
func (s *sentry) leave(fd int) *core {
	l := s.posts[fd]
	if l == nil {
		return nil
	}
	s.posts[fd] = nil
	if s.asleep--; s.asleep == 0 {
		_ = s.file.Close()
		s.file, s.posts = nil, nil
	}
	return l
}
