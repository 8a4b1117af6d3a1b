package main

// This file has the work that all candidates do, and what is written by hand.

// The pipeline is: numbers from 0, those that are odd dropped, a number made of
// the others, batches of 100, the sum of all that is in them.

const batchSize = 100

func even(v int) bool  { return v&1 == 0 }
func affine(v int) int { return 3*v + 1 }

func add(sum int, batch []int) int {
	for _, v := range batch {
		sum += v
	}
	return sum
}

// numbers is a sequence of the numbers below n.
func numbers(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// pipelineResult is what all pipelines must return.
func pipelineResult(n int) int {
	evens := (n + 1) / 2
	return 3*evens*(evens-1) + evens
}

// triangle is the sum of the numbers below n.
func triangle(n int) int { return n * (n - 1) / 2 }

// opaque hides from the compiler which function it is, as a library's caller
// may.
//
//go:noinline
func opaque[F any](f F) F { return f }

// Stages as closures, each calling the next: what a pipeline costs without a
// library.

func filterTo(keep func(int) bool, next func(int) bool) func(int) bool {
	return func(v int) bool { return !keep(v) || next(v) }
}

func mapTo(f func(int) int, next func(int) bool) func(int) bool {
	return func(v int) bool { return next(f(v)) }
}

func batchTo(size int, next func([]int) bool) (each func(int) bool, flush func()) {
	var batch []int
	each = func(v int) bool {
		if batch == nil {
			batch = make([]int, 0, size)
		}
		batch = append(batch, v)
		if len(batch) < size {
			return true
		}
		full := batch
		batch = nil
		return next(full)
	}
	return each, func() {
		if len(batch) > 0 {
			next(batch)
		}
	}
}
