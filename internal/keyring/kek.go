package keyring

import "context"

// KEK is a key-encryption key: it wraps the data keys and lives outside the
// database. Implementations are [Local] (a key file or an environment value) and
// whatever holds keys in hardware.
//
// An implementation may hold several keys, so that one can replace another: Wrap
// uses the first, Unwrap any of them.
type KEK interface {
	// ID names the key that Wrap uses. It is shown to operators and stored beside
	// each wrapped key; it is no secret.
	ID() string
	// Wrap encrypts and authenticates key material (40 bytes). It may call a
	// device, so it is never called inside a transaction.
	Wrap(ctx context.Context, material []byte) ([]byte, error)
	// Unwrap undoes Wrap. It returns a fault with the code
	// "keyring.kek_unknown" when it does not hold the key that wrapped.
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}
