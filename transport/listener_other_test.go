//go:build !linux

package transport

import "testing"

// descriptors cannot be counted here.
func descriptors(*testing.T) int { return 0 }

// testingWithoutHangup says that an end behind unread bytes is not seen here.
const testingWithoutHangup = true
