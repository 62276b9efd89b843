package wallet

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// set is what a token was made with: what the server needs to make the next key for the same devices, and to stand in for them.
type set struct {
	token ident.ID
	pin   []byte
	tries int

	box
}

// box is the sealed part of a set.
type box struct {
	Secret []byte             `json:"secret"` // all that is made for the devices is derived of it
	Shared []byte             `json:"shared"` // shared with the primary
	Assist string             `json:"assist"`
	How    string             `json:"how"`
	Place  string             `json:"place"`
	Wrap   string             `json:"wrap"`
	Sealed bool               `json:"sealed"` // the primary's half of a split key lies sealed
	Map    cryptogram.Crossed `json:"map"`    // of crossed parts
	With   []peer             `json:"with"`

	Primary *report.LinkKey `json:"primary,omitempty"` // of the primary's messages to the others; nil: it has no public key
}

// peer is a secondary of a set.
type peer struct {
	ID     ident.ID `json:"id"`
	Number int      `json:"number"`
	Kind   string   `json:"kind"`
	Value  []byte   `json:"value"`
	Direct bool     `json:"direct"` // it gets letters itself
	Keeps  bool     `json:"keeps"`  // it can keep something

	Sign *report.LinkKey `json:"sign,omitempty"` // of its messages to the primary; nil where not both have a public key
}

// sharedInfo is what the agreed key is derived under.
const sharedInfo = "countersign/v1 wallet shared"

// derived is n octets for one purpose.
func (b *box) derived(purpose string, n int) []byte {
	out, err := hkdf.Key(sha256.New, b.Secret, nil, "countersign/v1 wallet "+purpose, n)
	if err != nil {
		panic("wallet: " + err.Error()) // n is far below the bound of RFC 5869
	}
	return out
}

// salt is that of the hashes of devices.
func (b *box) salt() []byte { return b.derived("salt", 16) }

// secret is that of a device, for this token.
func (b *box) secret(p *peer) []byte {
	if b.Wrap != hardened {
		return nil
	}
	return b.derived("device "+strconv.Itoa(p.Number), cryptogram.SecretSize)
}

func (b *box) device(p *peer) cryptogram.Device {
	return cryptogram.Device{Kind: p.Kind, Value: p.Value, Secret: b.secret(p)}
}

// Words of vault.Profile.
const (
	hardened   = "hardened"
	encryption = "encryption"
)

// split divides a key of the token; the same key is always divided alike.
func (b *box) split(s cryptogram.Suite, key []byte, x cryptogram.Index) (primary, secondary cryptogram.Share, err error) {
	return cryptogram.Split(s, key, bytes.NewReader(b.derived("split "+x.String(), 1024)))
}

// agree makes the key that is shared with the primary: agreed on, if it gave a public key, else drawn; public is the server's part then.
func (b *box) agree(theirs []byte, random io.Reader) (public []byte, err error) {
	if len(theirs) == 0 {
		b.Shared = b.derived("shared", cryptogram.SharedSize)
		return nil, nil
	}
	their, err := ecdh.X25519().NewPublicKey(theirs)
	if err != nil {
		return nil, err
	}
	own, err := ecdh.X25519().GenerateKey(random)
	if err != nil {
		return nil, err
	}
	z, err := own.ECDH(their)
	if err != nil {
		return nil, err
	}
	public = own.PublicKey().Bytes()
	b.Shared, err = hkdf.Key(sha256.New, z, append(bytes.Clone(theirs), public...), sharedInfo, cryptogram.SharedSize)
	return public, err
}

// peers reads the devices that take part, in the order of the request.
func (d *Desk) peers(tx *db.Tx, from *companion.Companion, numbers []int, b *box) error {
	b.Primary = linkKey(from.Keys)
	household, err := companion.Of(tx, from.Customer)
	if err != nil {
		return err
	}
	hints, err := d.Companions.Known(tx, *from)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		i := slices.IndexFunc(household, func(c companion.Companion) bool { return c.Number == n })
		if i < 0 {
			return badPeer(n, "there is no such device")
		}
		c := &household[i]
		p := peer{ID: c.ID, Number: n, Keeps: slices.Contains(c.Can, companion.Cryptography) || c.Reports()}
		p.Direct = c.Reports() && len(c.Keys.Sealer) > 0
		switch {
		case c.ID == from.ID:
			return badPeer(n, "a device is not its own other device")
		case slices.ContainsFunc(b.With, func(x peer) bool { return x.Number == n }):
			return badPeer(n, "a device is not combined with itself")
		case !c.May(companion.Secondary):
			return badPeer(n, "it is not in use, or its owner does not let it take part")
		case c.Fresh(tx.Now):
			return badPeer(n, "it was registered a short while ago, and takes part from "+c.Counts.UTC().Format("2006-01-02 15:04 MST")+" on")
		case !p.Keeps && (b.Assist == encryption || b.Wrap == hardened):
			return badPeer(n, "it cannot keep a secret: choose a device that can, or another card")
		}
		p.Kind, p.Value = named(c, hints)
		if b.Primary != nil && p.Keeps {
			p.Sign = linkKey(c.Keys)
		}
		b.With = append(b.With, p)
	}
	return nil
}

// linkKey is the public key of a device, or nil.
func linkKey(k companion.Keys) *report.LinkKey {
	if k.Signer != companion.Ed25519 && k.Signer != companion.P256 {
		return nil // an HMAC's secret is the server's and the device's alone
	}
	return &report.LinkKey{Scheme: string(k.Signer), Verifier: k.Verifier}
}

// named is what a device gives as its data: an identifier that it has for good, else what the server calls it.
func named(c *companion.Companion, hints []companion.Hint) (kind string, value []byte) {
	for _, h := range hints {
		if h.Number != c.Number {
			continue
		}
		for _, want := range []companion.IdentifierKind{companion.Serial, companion.MAC, companion.IMEI, companion.Alias} {
			for _, i := range h.Identifiers {
				if i.Kind == want {
					return string(i.Kind), []byte(i.Value)
				}
			}
		}
	}
	return "requestor", c.Requestor[:]
}

// store keeps a new set.
func (d *Desk) store(tx *db.Tx, t *vault.Token, b *box, pin string) error {
	plain, err := json.Marshal(b) //nolint:gosec // it is sealed below
	if err != nil {
		return err
	}
	defer clear(plain)
	var hash []byte
	if pin != "" {
		hash = d.Ring.MAC(pinLabel, t.ID[:], []byte(pin))
	}
	_, err = tx.Exec("INSERT INTO wallet_set (token, customer, device, box, pin, tries, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)",
		t.ID, t.Customer, t.Device, d.Ring.Seal(boxLabel, t.ID, plain), hash, tx.Now)
	for i := range b.With {
		if err == nil {
			_, err = tx.Exec("INSERT INTO wallet_peer (customer, device, token) VALUES ($1, $2, $3)", t.Customer, b.With[i].ID, t.ID)
		}
	}
	return err
}

// open reads the set of a token; the token is one of this package (vault tokens may be made without it).
func (d *Desk) open(tx *db.Tx, token ident.ID) (s set, ok bool, err error) {
	s.token = token
	var sealed []byte
	ok, err = found(tx.Row("SELECT box, pin, tries FROM wallet_set WHERE token = $1", token).Scan(&sealed, &s.pin, &s.tries))
	if err != nil || !ok {
		return s, false, err
	}
	plain, err := d.Ring.Open(boxLabel, token, sealed)
	if err != nil {
		return s, false, err
	}
	defer clear(plain)
	if err := json.Unmarshal(plain, &s.box); err != nil {
		return s, false, fmt.Errorf("wallet: a set cannot be read: %w", err)
	}
	return s, true, nil
}

// told is what the primary is told of the devices that take part.
func (b *box) told() (all []report.TokenPeer) {
	salt := b.salt()
	for i := range b.With {
		p := &b.With[i]
		h := b.device(p).Hash(salt)
		all = append(all, report.TokenPeer{Number: p.Number, Kind: p.Kind, Hash: h[:], Sign: p.Sign})
	}
	return all
}
