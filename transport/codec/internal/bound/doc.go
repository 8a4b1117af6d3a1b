// Package bound holds the values and bodies of codecs that leave the work to a
// library against the limits of package codec, where that library has none: how
// deep they nest, how much memory a body may ask for, and what would make a
// library panic or cut a number short.
//
// A [Plan] is what is known of a Go type, once. [Plan.Check] walks over a body
// along it, before the library does.
package bound
