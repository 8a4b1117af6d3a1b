package codec

import (
	"fmt"
	"time"
)

// A DateTime is a naive datetime.datetime: a date and a time of day in no zone. A
// datetime with a zone is a [time.Time].
type DateTime struct {
	Year        int // 1 to 9999
	Month       time.Month
	Day         int
	Hour        int
	Minute      int
	Second      int
	Microsecond int
	Fold        int // 1 for the second of two equal readings when clocks go back
}

// In returns the instant at which clocks in loc show d.
func (d DateTime) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, d.Hour, d.Minute, d.Second, d.Microsecond*1000, loc)
}

// String returns d as Python's isoformat does: 2006-01-02T15:04:05.000006, without
// the microseconds when they are 0.
func (d DateTime) String() string {
	return d.date().String() + "T" + d.clock().String()
}

// MarshalText returns [DateTime.String].
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *DateTime) UnmarshalText(text []byte) error {
	t, err := time.Parse("2006-01-02T15:04:05", string(text))
	if err == nil {
		*d = dateTimeOf(t)
	}
	return err
}

// dateTimeOf is what clocks in t's zone show at t.
func dateTimeOf(t time.Time) DateTime {
	d := DateTime{Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Microsecond: t.Nanosecond() / 1000}
	d.Year, d.Month, d.Day = t.Date()
	return d
}

func (d DateTime) date() Date { return Date{d.Year, d.Month, d.Day} }

func (d DateTime) clock() TimeOfDay {
	return TimeOfDay{Hour: d.Hour, Minute: d.Minute, Second: d.Second, Microsecond: d.Microsecond, Fold: d.Fold}
}

func (d DateTime) valid() bool { return d.date().valid() && d.clock().valid() }

// A Date is a datetime.date.
type Date struct {
	Year  int // 1 to 9999
	Month time.Month
	Day   int
}

// String returns d as 2006-01-02.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText returns [Date.String].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse("2006-01-02", string(text))
	if err == nil {
		d.Year, d.Month, d.Day = t.Date()
	}
	return err
}

func (d Date) valid() bool {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return d.Year >= 1 && d.Year <= 9999 && t.Month() == d.Month && t.Day() == d.Day
}

// A TimeOfDay is a datetime.time.
type TimeOfDay struct {
	Hour        int
	Minute      int
	Second      int
	Microsecond int
	Fold        int       // as in [DateTime]
	Zone        *TimeZone // nil for a naive one
}

// String returns t as Python's isoformat does: 15:04:05.000006+01:00, without what
// it does not have.
func (t TimeOfDay) String() string {
	s := fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second)
	if t.Microsecond != 0 {
		s += fmt.Sprintf(".%06d", t.Microsecond)
	}
	if t.Zone != nil {
		s += t.Zone.offset()
	}
	return s
}

// MarshalText returns [TimeOfDay.String].
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes, with zones in whole seconds.
func (t *TimeOfDay) UnmarshalText(text []byte) (err error) {
	for _, layout := range []string{"15:04:05", "15:04:05-07:00", "15:04:05-07:00:00"} {
		var at time.Time
		if at, err = time.Parse(layout, string(text)); err == nil {
			*t = dateTimeOf(at).clock()
			if layout != "15:04:05" {
				_, seconds := at.Zone()
				t.Zone = &TimeZone{Offset: time.Duration(seconds) * time.Second}
			}
			return nil
		}
	}
	return err
}

func (t TimeOfDay) valid() bool {
	within := func(v, below int) bool { return v >= 0 && v < below }
	return within(t.Hour, 24) && within(t.Minute, 60) && within(t.Second, 60) &&
		within(t.Microsecond, 1_000_000) && within(t.Fold, 2) && (t.Zone == nil || t.Zone.valid())
}

func (t TimeOfDay) key() clockKey {
	seconds := int64(t.Hour*3600 + t.Minute*60 + t.Second)
	k := clockKey{micros: seconds*1_000_000 + int64(t.Microsecond), aware: t.Zone != nil}
	if t.Zone != nil {
		k.micros -= t.Zone.Offset.Microseconds()
	}
	return k
}

// A TimeZone is a datetime.timezone: a fixed offset from UTC, in whole
// microseconds and less than a day, with a name or without.
type TimeZone struct {
	Offset time.Duration // east of UTC
	Name   string
}

// Location returns the zone as Go's package time wants it, in whole seconds.
func (z TimeZone) Location() *time.Location {
	if z.Offset == 0 && (z.Name == "" || z.Name == "UTC") {
		return time.UTC
	}
	return time.FixedZone(z.Name, int(z.Offset/time.Second))
}

// String returns the name, or the offset as UTC+01:00.
func (z TimeZone) String() string {
	switch {
	case z.Name != "":
		return z.Name
	case z.Offset == 0:
		return "UTC"
	}
	return "UTC" + z.offset()
}

func (z TimeZone) offset() string {
	sign, d := '+', z.Offset
	if d < 0 {
		sign, d = '-', -d
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, d/time.Hour, d/time.Minute%60)
	if micros := d / time.Microsecond % 60_000_000; micros != 0 {
		s += fmt.Sprintf(":%02d", micros/1_000_000)
		if micros %= 1_000_000; micros != 0 {
			s += fmt.Sprintf(".%06d", micros)
		}
	}
	return s
}

func (z TimeZone) valid() bool { return z.Offset > -24*time.Hour && z.Offset < 24*time.Hour }
