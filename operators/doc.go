// Package operators transforms, combines and divides observables.
//
// Operators are functions that take the data first, so that their types need
// not be written: operators.Filter(readings, hot). What they return is a
// recipe as every [stream.Observable] is; nothing runs before somebody
// subscribes.
package operators
