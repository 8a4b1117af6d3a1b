package main

// job is what a child is told to expect.
type job struct{ n, size int }

// outcome is what it has made of it.
type outcome struct {
	sum int
	err error
}

// jobs hands jobs to a receiver that is called by a library: as messages may
// come before the child is told what to expect, the receiver takes the job when
// the first one is there.
type jobs struct {
	begin chan job
	end   chan outcome
}

func newJobs() jobs { return jobs{make(chan job), make(chan outcome)} }

// next hands over a job and waits for the outcome.
func (j jobs) next(n, size int) (int, error) {
	if n == 0 {
		return 0, nil
	}
	j.begin <- job{n, size}
	o := <-j.end
	return o.sum, o.err
}

// taker counts messages, job by job.
type taker struct {
	jobs
	counter *counter // nil between jobs
}

// take counts one message, and says whether it was the job's last one.
func (t *taker) take(body []byte) (last bool) {
	if t.counter == nil {
		j := <-t.begin
		t.counter = &counter{size: j.size, last: j.n}
	}
	err := t.counter.take(body)
	if err == nil {
		return false
	}
	o := outcome{sum: t.counter.sum}
	if err != errLast {
		o.err = err
	}
	t.counter = nil
	t.end <- o
	return true
}
