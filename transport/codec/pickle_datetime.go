package codec

import (
	"encoding/binary"
	"math"
	"time"
)

// callDatetime is call for the types of module datetime.
func (u *unpickler) callDatetime(g global, args []any) (v any, ok bool, err error) {
	switch g {
	case "datetime.timedelta":
		return u.timedelta(args)
	case "datetime.timezone":
		z, ok := timezone(args)
		return z, ok, nil
	}
	if len(args) == 0 || len(args) > 2 {
		return nil, false, nil
	}
	state, ok := args[0].([]byte)
	if !ok {
		return nil, false, nil
	}
	var zone *TimeZone
	if len(args) == 2 {
		z, ok := args[1].(TimeZone)
		if !ok {
			return nil, false, nil
		}
		zone = &z
	}
	switch {
	case g == "datetime.date" && len(state) == 4 && zone == nil:
		d := dateOf(state)
		return d, d.valid(), nil
	case g == "datetime.time" && len(state) == 6:
		t := clockOf(state)
		t.Fold = int(state[0] >> 7)
		t.Hour &= 0x7F
		t.Zone = zone
		return t, t.valid(), nil
	case g == "datetime.datetime" && len(state) == 10:
		fold := int(state[2] >> 7)
		date, clock := dateOf(state), clockOf(state[4:])
		date.Month &= 0x7F
		d := DateTime{date.Year, date.Month, date.Day, clock.Hour, clock.Minute, clock.Second, clock.Microsecond, fold}
		switch {
		case !d.valid():
			return nil, false, nil
		case zone == nil:
			return d, true, nil
		case zone.Offset%time.Second != 0:
			return nil, true, u.unsupported("a time zone with fractions of a second")
		}
		return d.In(zone.Location()), true, nil
	}
	return nil, false, nil
}

func dateOf(b []byte) Date {
	return Date{int(binary.BigEndian.Uint16(b)), time.Month(b[2]), int(b[3])}
}

func clockOf(b []byte) TimeOfDay {
	return TimeOfDay{
		Hour: int(b[0]), Minute: int(b[1]), Second: int(b[2]),
		Microsecond: int(b[3])<<16 | int(b[4])<<8 | int(b[5]),
	}
}

// timedelta returns days, seconds and microseconds, as Python normalises them.
func (u *unpickler) timedelta(args []any) (v any, ok bool, err error) {
	if len(args) != 3 {
		return nil, false, nil
	}
	days, ok1 := args[0].(int64)
	seconds, ok2 := args[1].(int64)
	micros, ok3 := args[2].(int64)
	if !ok1 || !ok2 || !ok3 || seconds < 0 || seconds >= 86_400 || micros < 0 || micros >= 1_000_000 {
		return nil, false, nil
	}
	const most = math.MaxInt64 / int64(time.Microsecond)
	if days >= -106_752 && days <= 106_751 { // or the next line might overflow
		if micros += (days*86_400 + seconds) * 1_000_000; micros >= -most && micros <= most {
			return time.Duration(micros) * time.Microsecond, true, nil
		}
	}
	return nil, true, u.unsupported("a timedelta beyond 292 years")
}

func timezone(args []any) (z TimeZone, ok bool) {
	if len(args) == 0 || len(args) > 2 {
		return z, false
	}
	if z.Offset, ok = args[0].(time.Duration); ok && len(args) == 2 {
		z.Name, ok = args[1].(string)
	}
	return z, ok && z.valid()
}

// time appends an aware datetime in t's zone, to the microsecond.
func (e *pickler) time(t time.Time) error {
	d := dateTimeOf(t)
	if !d.valid() {
		return noSuchTime(t)
	}
	name, seconds := t.Zone()
	zone := TimeZone{Offset: time.Duration(seconds) * time.Second, Name: name}
	if seconds == 0 && name == "UTC" {
		zone.Name = "" // timezone.utc itself
	}
	e.call("datetime", "datetime")
	e.dateTimeState(d)
	if err := e.zone(zone); err != nil {
		return err
	}
	e.op(opTuple2, opReduce)
	return nil
}

func (e *pickler) dateTime(d DateTime) error {
	if !d.valid() {
		return noSuchTime(d)
	}
	e.call("datetime", "datetime")
	e.dateTimeState(d)
	e.op(opTuple1, opReduce)
	return nil
}

func (e *pickler) dateTimeState(d DateTime) {
	e.op(opShortBinBytes, 10)
	e.b = binary.BigEndian.AppendUint16(e.b, uint16(d.Year))
	e.op(byte(d.Month)|byte(d.Fold<<7), byte(d.Day))
	e.clockState(d.clock())
}

func (e *pickler) clockState(t TimeOfDay) {
	m := t.Microsecond
	e.op(byte(t.Hour), byte(t.Minute), byte(t.Second), byte(m>>16), byte(m>>8), byte(m))
}

func (e *pickler) date(d Date) error {
	if !d.valid() {
		return noSuchTime(d)
	}
	e.call("datetime", "date")
	e.op(opShortBinBytes, 4)
	e.b = binary.BigEndian.AppendUint16(e.b, uint16(d.Year))
	e.op(byte(d.Month), byte(d.Day), opTuple1, opReduce)
	return nil
}

func (e *pickler) clock(t TimeOfDay) error {
	if !t.valid() {
		return noSuchTime(t)
	}
	e.call("datetime", "time")
	e.op(opShortBinBytes, 6)
	start := len(e.b)
	e.clockState(t)
	e.b[start] |= byte(t.Fold << 7)
	if t.Zone == nil {
		e.op(opTuple1, opReduce)
		return nil
	}
	if err := e.zone(*t.Zone); err != nil {
		return err
	}
	e.op(opTuple2, opReduce)
	return nil
}

// duration appends a timedelta, to the microsecond.
func (e *pickler) duration(d time.Duration) {
	const day = 24 * time.Hour
	days := d / day
	if d %= day; d < 0 {
		days--
		d += day
	}
	e.call("datetime", "timedelta")
	e.int(int64(days))
	e.int(int64(d / time.Second))
	e.int(int64(d % time.Second / time.Microsecond))
	e.op(opTuple3, opReduce)
}

func (e *pickler) zone(z TimeZone) error {
	if !z.valid() {
		return noSuchTime(z)
	}
	e.call("datetime", "timezone")
	e.duration(z.Offset)
	if z.Name == "" {
		e.op(opTuple1, opReduce)
		return nil
	}
	err := e.text(z.Name)
	e.op(opTuple2, opReduce)
	return err
}

func noSuchTime(v any) error {
	return &TypeError{Type: Raw, Value: typeName(v), Reason: "Python has no such time"}
}
