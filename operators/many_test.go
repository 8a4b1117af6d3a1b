//go:build !race

package operators_test

// many is how many values show that memory is bounded.
const many = 10_000_000
