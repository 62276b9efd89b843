package evidence

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Labels of the sealed columns.
const (
	labelPrivate = "evidence_key.private"
	labelPublic  = "evidence_key.public"
)

// Columns lists the sealed columns of this package. The public parts are sealed
// as well, because that authenticates them.
func Columns() []keyring.Column {
	column := func(label, name string) keyring.Column {
		return keyring.Column{Label: label, Table: "evidence_key", Key: []string{"number"}, Column: name, ID: func(key []any) ident.ID {
			number, _ := key[0].(int64)
			return rowID(number)
		}}
	}
	return []keyring.Column{column(labelPrivate, "private"), column(labelPublic, "public")}
}

// rowID names a row to the keyring.
func rowID(number int64) ident.ID { return ident.Derive("evidence_key", strconv.FormatInt(number, 10)) }

// State is a key's place in its life; see the package comment.
type State string

// States of a key.
const (
	Pending   State = "pending"
	Active    State = "active"
	Retired   State = "retired"
	Expired   State = "expired"
	Withdrawn State = "withdrawn"
)

// Key is what may be known of a signing key.
type Key struct {
	Number  int64     `json:"number"`
	KID     string    `json:"kid"` // thumbprint (RFC 7638), SHA-256, base64url
	State   State     `json:"state"`
	Created time.Time `json:"created"`
	From    time.Time `json:"active_from"`
	Retired time.Time `json:"retired,omitzero"` // when its successor became, or becomes, active
	Expires time.Time `json:"expires,omitzero"` // when it is, or will be, no longer published
}

// key is a key as loaded.
type key struct {
	Key
	public *ecdsa.PublicKey
	signer jose.Signer // nil when the private part is destroyed

	pictures   jose.Signer // the same key, for pictures
	statements jose.Signer // the same key, for statements of signatures
}

// jwk is the public part in its published form.
func (k key) jwk() jose.JSONWebKey { return publicJWK(k.public, k.KID) }

func publicJWK(pub *ecdsa.PublicKey, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: pub, KeyID: kid, Algorithm: string(jose.ES256), Use: "sig"}
}

// thumbprint is the kid of a key (RFC 7638).
func thumbprint(pub *ecdsa.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: pub}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

// generate makes a key pair: the PKCS #8 form of the private part, the SPKI form of
// the public one, and the kid. Randomness is not injected: since Go 1.26 the standard
// library makes keys from the system's alone.
func generate() (private, public []byte, kid string, err error) {
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, "", fmt.Errorf("evidence: no key: %w", err)
	}
	if private, err = x509.MarshalPKCS8PrivateKey(pair); err != nil {
		return nil, nil, "", fmt.Errorf("evidence: no key: %w", err)
	}
	if public, err = x509.MarshalPKIXPublicKey(&pair.PublicKey); err != nil {
		return nil, nil, "", fmt.Errorf("evidence: no key: %w", err)
	}
	kid, err = thumbprint(&pair.PublicKey)
	return private, public, kid, err
}

// row is a key as stored.
type row struct {
	Key
	private, public []byte // sealed; private is nil once destroyed
}

func rows(tx *db.Tx) (all []row, err error) {
	err = tx.Each("SELECT number, kid, private, public, created, active_from, retired, expires FROM evidence_key ORDER BY number", nil, func(r db.Row) error {
		var k row
		err := r.Scan(&k.Number, &k.KID, &k.private, &k.public, &k.Created, &k.From, &k.Retired, &k.Expires)
		all = append(all, k)
		return err
	})
	return all, err
}

// insert adds a fresh key under the number; false when somebody else was first.
func (i *Issuer) insert(tx *db.Tx, number int64, from time.Time) (kid string, ok bool, err error) {
	private, public, kid, err := generate()
	if err != nil {
		return "", false, err
	}
	n, err := tx.Exec("INSERT INTO evidence_key (number, kid, private, public, created, active_from) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		number, kid, i.Ring.Seal(labelPrivate, rowID(number), private), i.Ring.Seal(labelPublic, rowID(number), public), tx.Now, from)
	clear(private)
	return kid, n == 1, err
}

// open unseals a row and checks that its parts belong together.
func (i *Issuer) open(r row) (k key, err error) {
	k = key{Key: r.Key}
	plain, err := i.Ring.Open(labelPublic, rowID(r.Number), r.public)
	if err != nil {
		return k, err
	}
	parsed, err := x509.ParsePKIXPublicKey(plain)
	if err != nil {
		return k, broken(r.Number, err)
	}
	pub, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return k, broken(r.Number, errors.New("not an elliptic curve key"))
	}
	k.public = pub
	if kid, err := thumbprint(pub); err != nil || kid != r.KID {
		return k, broken(r.Number, errors.New("the kid is not the thumbprint"))
	}
	if r.private != nil {
		err = i.openSigners(&k, r)
	}
	return k, err
}

// openSigners makes the signers of a key: what each signs has a type of its own, so that
// none can stand for another.
func (i *Issuer) openSigners(k *key, r row) error {
	plain, err := i.Ring.Open(labelPrivate, rowID(r.Number), r.private)
	if err != nil {
		return err
	}
	defer clear(plain)
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return broken(r.Number, err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(k.public) {
		return broken(r.Number, errors.New("the private part does not belong to the public one"))
	}
	for typ, signer := range map[jose.ContentType]*jose.Signer{Type: &k.signer, TypePicture: &k.pictures, TypeSignature: &k.statements} {
		if *signer, err = typed(private, r.KID, typ); err != nil {
			return broken(r.Number, err)
		}
	}
	return nil
}

func typed(private *ecdsa.PrivateKey, kid string, typ jose.ContentType) (jose.Signer, error) {
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: kid}}, (&jose.SignerOptions{}).WithType(typ))
}

func broken(number int64, cause error) *fault.Error {
	return fault.New(fault.Internal, "evidence.key_broken", "The signing key %d is damaged. Restore its row from a backup, or make a new one with `countersign keys rotate --evidence --now`.", number).WithCause(cause)
}
