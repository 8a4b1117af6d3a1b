package codec

import "unicode/utf8"

// validText reports whether b is UTF-8, with lone surrogates in three bytes each if
// these are allowed, and where it is not.
func validText(b []byte, surrogates bool) (int, bool) {
	if utf8.Valid(b) {
		return 0, true
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !surrogates || surrogateAt(b[i:]) == 0 {
				return i, false
			}
			size = 3
		}
		i += size
	}
	return 0, true
}

// surrogateAt returns the surrogate in the first three bytes of b, or 0.
func surrogateAt[S []byte | string](b S) rune {
	if len(b) < 3 || b[0] != 0xED || b[1] < 0xA0 || b[1] > 0xBF || b[2] < 0x80 || b[2] > 0xBF {
		return 0
	}
	return rune(0xD000) | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F)
}

// appendSurrogate appends r, a surrogate, as Python's surrogatepass does.
func appendSurrogate(b []byte, r rune) []byte {
	return append(b, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
}
