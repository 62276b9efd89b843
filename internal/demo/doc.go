// Package demo fills an empty installation with a made-up bank: customers,
// staff, an application, and a box of hardware tokens fresh from a made-up
// factory. Everything goes in by the ways that a bank would use: the box is an
// encrypted PSKC file that the import reads, customers are registered with
// activation codes and with codes read off their (emulated) tokens or out of the text
// messages that they got, the policies are a version of their own, staff accept
// invitations and log in with password and TOTP.
//
// The tokens' seeds are functions of one random secret, kept in a file in the
// demo's directory together with the logins, so that a demo that is started
// again in the same directory goes on where it was. Nothing here is a default of
// the product: a real installation has no logins but those that its operator makes.
package demo
