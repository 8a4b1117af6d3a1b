//go:build unix && !linux

package transport

// tryWrite writes what it can of a and b without waiting.
func tryWrite(fd uintptr, a, b []byte) (n int, err error) {
	n, err = tryWriteOne(fd, a)
	if err == nil && n == len(a) && len(b) > 0 {
		var m int
		m, err = tryWriteOne(fd, b)
		n += m
	}
	return n, err
}

// tryRecord is tryWriteOne: packets cannot be marked here.
func tryRecord(fd uintptr, p []byte) (n int, err error) { return tryWriteOne(fd, p) }
