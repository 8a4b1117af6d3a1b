package peer

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlacesAreLimitedOverAllAndForEachConnection(t *testing.T) {
	for name, c := range map[string]struct {
		opts      ExposeOptions
		one, both int // how many one connection gets, and two that take turns
	}{
		"by default":       {ExposeOptions{}, 256, 512},
		"few":              {ExposeOptions{Limit: 5}, 5, 5},
		"many":             {ExposeOptions{Limit: 300}, 256, 300},
		"some each":        {ExposeOptions{PerConnection: 3}, 3, 6},
		"more than all":    {ExposeOptions{Limit: 5, PerConnection: 9}, 5, 5},
		"all for each":     {ExposeOptions{PerConnection: -1}, 1024, 1024},
		"no limit":         {ExposeOptions{Limit: -1}, 3000, 3000},
		"no limit but one": {ExposeOptions{Limit: -1, PerConnection: 7}, 7, 14},
	} {
		t.Run(name, func(t *testing.T) {
			p := placesFor(&c.opts)
			take := func(users ...*Connection) (n int) {
				for range 3000 / len(users) {
					for _, u := range users {
						if err := p.take(u); err == nil {
							n++
						} else {
							assert.ErrorIs(t, err, ErrBusy)
						}
					}
				}
				assert.Equal(t, n, p.active())
				return n
			}
			a, b := new(Connection), new(Connection)
			assert.Equal(t, c.one, take(a))
			for range c.one {
				p.leave(a)
			}
			assert.Zero(t, p.active())
			assert.Empty(t, p.by)
			assert.Equal(t, c.both, take(a, b))
		})
	}
}
