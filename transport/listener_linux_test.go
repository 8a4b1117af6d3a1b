package transport

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(files)
}

// testingWithoutHangup says that an end behind unread bytes is not seen here.
const testingWithoutHangup = false
