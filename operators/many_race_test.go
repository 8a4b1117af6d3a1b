//go:build race

package operators_test

// many is how many values show that memory is bounded, and races are not there.
const many = 300_000
