// Package envelope seals what devices report to the server: one message from a device, one
// answer to it, without a handshake before.
package envelope
