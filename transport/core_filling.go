package transport

// filling is what a reader reads to. It changes hands with the role of reader,
// under the intake's mutex.
type filling struct {
	slab     *slab // what is being filled; nil while nothing is held
	pos, end int   // slab.buf[pos:end] was read and not looked at
	overhead int   // what messages count for besides their bodies; 0: a messageCharge

	n   int // what was read last
	err error
}

// space returns where to read to.
func (f *filling) space() []byte {
	if f.slab == nil {
		f.renew()
		f.pos, f.end = 0, 0
	}
	if f.pos > 0 && len(f.slab.spans) == 0 {
		f.end = copy(f.slab.buf, f.slab.buf[f.pos:f.end])
		f.pos = 0
	}
	return f.slab.buf[f.end:]
}

// renew takes a fresh slab.
func (f *filling) renew() {
	f.slab = newSlab(readSlab)
	if f.overhead > 0 {
		f.slab.overhead = f.overhead
	}
}

// release gives an empty slab back before a long wait.
func (f *filling) release() {
	if f.slab != nil && f.pos == f.end {
		f.slab.free()
		f.slab, f.pos, f.end = nil, 0, 0
	}
}

// detach leaves the current slab to those who have its messages, and goes on
// with another that begins with what was not looked at.
func (f *filling) detach() {
	if f.slab == nil || len(f.slab.spans) == 0 {
		return
	}
	rest := f.slab.buf[f.pos:f.end]
	f.slab, f.pos, f.end = nil, 0, 0
	if len(rest) > 0 {
		f.renew()
		f.end = copy(f.slab.buf, rest)
	}
}
