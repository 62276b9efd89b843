// Package load sends prepared HTTP/1.1 requests over keep-alive connections and
// measures how long the answers take. It exists because a general HTTP client
// costs as much as the server that it should measure: here a request is bytes
// that are written as they are, and of an answer only the status, the length and
// one text are looked at. All HTTP figures that are compared with each other come
// from this one generator, so that its own share of the processor is in all of them.
//
// Each connection is a goroutine that waits for an answer before it sends the
// next request (a closed loop). With n connections and a rate of r answers a
// second, the mean time is n/r whatever the server does: a percentile is to be
// read together with the rate.
//
// # What is not measured
//
// A server that stands still for a second is asked nothing in that second, so a
// closed loop counts the pause once for each connection and not for all the
// requests that would have come (coordinated omission). The maximum shows it.
package load
