package codec

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A Decimal is a Python decimal.Decimal: a number kept digit for digit as it was
// written, so that 1.50 stays 1.50. == compares the text. The zero Decimal is 0.
type Decimal struct {
	text string // empty for 0
}

// ParseDecimal returns the decimal that text is, as Python's Decimal(text) does:
// digits with a sign, a point and an exponent where wanted, Infinity or NaN. An
// exponent has at most 18 digits, as in Python.
func ParseDecimal(text string) (Decimal, error) {
	if !isDecimal(text) {
		return Decimal{}, fmt.Errorf("codec: %.40q is no decimal", text)
	}
	return Decimal{text}, nil
}

func isDecimal(text string) bool {
	text = strings.ToLower(text)
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	if text == "inf" || text == "infinity" {
		return true
	}
	if nan, ok := strings.CutPrefix(strings.TrimPrefix(text, "s"), "nan"); ok {
		return allDigits(nan)
	}
	mantissa, exponent, scientific := strings.Cut(text, "e")
	if scientific {
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" || len(exponent) > 18 || !allDigits(exponent) {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return len(whole)+len(fraction) > 0 && allDigits(whole) && allDigits(fraction)
}

// allDigits reports whether s has nothing but decimal digits in it.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String returns the text.
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// Float64 returns the nearest float, an infinity beyond the largest.
func (d Decimal) Float64() float64 {
	text := strings.ToLower(d.String())
	if i := strings.Index(text, "nan"); i >= 0 {
		text = "nan" // without its sign, "s" and digits
	}
	f, _ := strconv.ParseFloat(text, 64) // its only error is the range
	return f
}

// MarshalText returns the text.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is [ParseDecimal].
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

// decimalKey is a decimal that equals no int and no float, without the zeros at
// its ends.
type decimalKey struct {
	negative bool
	digits   string
	exponent int64
}

// key is d's key in a Dict: that of the int or float it is equal to, if any.
func (d Decimal) key() any {
	text := strings.ToLower(strings.TrimPrefix(d.String(), "+"))
	text, negative := strings.CutPrefix(text, "-")
	if text[0] != '.' && !allDigits(text[:1]) {
		return floatKey(d.Float64())
	}
	mantissa, power, _ := strings.Cut(text, "e")
	exponent, _ := strconv.ParseInt(power, 10, 64) // 0 when there is none
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return int64(0)
	}
	trimmed := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(trimmed) - len(fraction))

	// Beyond a float's range, give or take, it is not worth the time to find out.
	if exponent > -400 && exponent < 400 && len(trimmed) < 400 {
		r, ok := new(big.Rat).SetString(trimmed + "e" + strconv.FormatInt(exponent, 10))
		if ok && negative {
			r.Neg(r)
		}
		if ok && r.IsInt() {
			return intKey(r.Num())
		}
		if f, exact := r.Float64(); ok && exact {
			return f
		}
	}
	return decimalKey{negative, trimmed, exponent}
}
