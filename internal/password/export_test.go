package password

import "context"

// What the tests of this package see of it.

// Fits computes here and now.
func Fits(h Hash, typed string) (bool, error) { return h.fits([]byte(typed)) }

// Text is the normal form of a hash.
func Text(h Hash) string { return h.text }

// Decoy is a hash of a scheme that is nobody's.
func Decoy(scheme string) (Hash, error) { return decoyOf(scheme) }

// Watch tells every computation to f.
func (p *Passwords) Watch(f func(scheme string)) { p.worked = f }

// CommonWords is the embedded list.
func CommonWords() map[string]struct{} { return readCommon() }

// WatchStrength tells f how many bytes zxcvbn is given.
func WatchStrength(p *Passwords, f func(int)) { p.looked = f }

// Wait waits in the line of the hashes.
func Wait(ctx context.Context, p *Passwords, f func()) error { return p.hasher.Run(ctx, f) }
