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

// tryWriteVector writes what it can of v without waiting. It leaves v alone.
func tryWriteVector(fd uintptr, v [][]byte) (n int, err error) {
	for _, p := range v {
		m, err := tryWriteOne(fd, p)
		n += m
		if err != nil || m < len(p) {
			return n, err
		}
	}
	return n, nil
}

// tryReadTwo reads into a alone: two calls would not be cheaper than copying.
func tryReadTwo(fd uintptr, a, _ []byte) (n int, again bool, err error) { return tryRead(fd, a) }
