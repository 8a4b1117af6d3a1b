package interop

import "github.com/rxpeer/rxpeer/internal/netns"

var helpers = map[string]netns.Helper{}
