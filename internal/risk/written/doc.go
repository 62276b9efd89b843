// Package written reads JSON that this product has written itself, of plain structs,
// several times as fast as encoding/json: a test of rules on the past reads a
// document or two for each event, and reading them was a third of its work.
//
// A [Reader] knows the fields of one type. It takes the form that encoding/json
// writes of structs of strings, booleans, numbers, times, arrays, slices and other
// such structs: no escapes, no nulls, no spaces, no field that the type does not
// have. Whatever else comes is left to encoding/json, so that a reader takes and
// refuses what that does; the tests compare the two. Strings share the memory of
// the document.
//
// # Threats
//
// The documents come from our own tables. One that was damaged is read by
// encoding/json or refused, like any other; no text makes a reader loop or grow
// beyond the document.
package written
