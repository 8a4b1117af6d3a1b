package codec

// Type is a data type of the wire: the word that stands in HELLO and DATA
// headers (docs/protocol.md §1), and in the settings of rxpeer/2 (§7).
type Type string

// The data types that every peer knows.
const (
	JSON  Type = "json"
	Bytes Type = "bytes"
	Raw   Type = "raw"
)

// Parse returns the data type above of that name. Names are lower case; any other
// spelling is a [*DataTypeError].
func Parse(name string) (Type, error) {
	t := Type(name)
	if !t.Valid() {
		return "", &DataTypeError{Name: name}
	}
	return t, nil
}

// Valid reports whether t is one of the data types above. The zero Type is not, nor
// are those of other packages, which not every peer knows.
func (t Type) Valid() bool { return t == JSON || t == Bytes || t == Raw }

// String returns the word on the wire.
func (t Type) String() string { return string(t) }
