package dskpp

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"slices"

	"github.com/countersign-auth/countersign/pskc"
)

// Client says what a client wants and has. URL, Code, Rand and one of FourPass and
// Method are needed; lists that are empty stand for all that this package can do.
type Client struct {
	URL  string // URL_S: where the messages are sent
	Code Code
	// FourPass and Method say which variants are offered; with both, the server
	// chooses. Method is Transport, Wrap or PassphraseWrap, or empty.
	FourPass bool
	Method   string
	// KeyTypes, Encryption and MACs are in order of preference.
	KeyTypes, Encryption, MACs []string

	// Shared and SharedName are a key that the server has too: for Wrap (16 octets),
	// and for the four-pass variant with exclusive or.
	Shared     []byte
	SharedName string
	// Passphrase in its SASLprep form, for PassphraseWrap.
	Passphrase string
	// Private is the RSA key for Transport. It is named by its Certificate, or by
	// PublicName if the server knows that, or else sent as it is.
	Private     crypto.Decrypter
	Certificate *x509.Certificate
	PublicName  string

	// Device and Old are those of a trigger, or a device whose Shared key is used.
	Device *DeviceIdentifier
	// Old is the key to be replaced.
	Old *Replaced
	// Info is sent as ClientInfo; may be empty.
	Info []byte
	// Iterations of PBKDF2; 0 means MinIterations.
	Iterations int
	// CheckServer, if set, must accept the server's public key before R_C is
	// encrypted under it (RFC 6063, section 4.2.3). cert may be nil.
	CheckServer func(key *rsa.PublicKey, cert *x509.Certificate) error
	// Tolerant takes packages without ServerID and KeyProtectionMethod, and the
	// legacy variants of package pskc, as the examples of RFC 6063 have them.
	Tolerant bool
	Rand     io.Reader
}

// Replaced is a key that the client has and that is to be replaced.
type Replaced struct {
	KeyID []byte
	Token pskc.Secret
}

// Key is what a client stores when a run has succeeded.
type Key struct {
	pskc.KeyPackage // with its Secret, K_TOKEN
	ServerID        string
	Variant         Variant
	MAC             string // MAC algorithm
	Replaces        []byte // KeyID of the key to be deleted now; nil if none
}

// ClientFor prepares a client from a trigger that NewTrigger made. What the trigger
// names it repeats (section 4.2.2). tokens finds the key to be replaced; it may be
// nil if the trigger names none.
func ClientFor(t *Trigger, tokens func(keyID []byte) (pskc.Secret, bool)) (*Client, error) {
	code, err := t.Code()
	if err != nil {
		return nil, err
	}
	c := &Client{URL: t.ServerURL, Code: code, Device: t.Device}
	if t.KeyID != nil {
		token, ok := pskc.Secret{}, false
		if tokens != nil {
			token, ok = tokens(t.KeyID)
		}
		if !ok {
			return nil, errors.New("dskpp: the trigger wants a key replaced that is not here")
		}
		c.Old = &Replaced{t.KeyID, token}
	}
	return c, nil
}

// keyTypes and the like fill in what was left out.
func (c *Client) keyTypes() []string {
	return orElse(c.KeyTypes, pskc.AlgorithmHOTP, pskc.AlgorithmTOTP, pskc.AlgorithmOCRA)
}

func (c *Client) macs() []string { return orElse(c.MACs, PRFSHA256, PRFAES) }

func (c *Client) encryption() []string {
	if len(c.Encryption) > 0 {
		return c.Encryption
	}
	var list []string
	if c.FourPass {
		list = append(list, RSAOAEP)
		if len(c.Shared) > 0 {
			list = []string{PRFSHA256, PRFAES}
		}
	}
	switch c.Method {
	case Transport:
		list = append(list, RSAOAEP, RSA15)
	case Wrap, PassphraseWrap:
		list = append(list, AESWrap, AESCBC)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func orElse(list []string, all ...string) []string {
	if len(list) > 0 {
		return list
	}
	return all
}

func (c *Client) iterations() int { return max(c.Iterations, MinIterations) }

func (c *Client) check() error {
	if err := c.Code.check(); err != nil {
		return err
	}
	switch {
	case c.URL == "" || c.Rand == nil:
		return errors.New("dskpp: a client needs a URL and a source of randomness")
	case !c.FourPass && c.Method == "":
		return errors.New("dskpp: a client needs a variant")
	case c.Method == Transport && c.Private == nil, c.Method == Wrap && len(c.Shared) != 16, c.Method == PassphraseWrap && c.Passphrase == "":
		return errors.New("dskpp: the key for the key protection method is missing")
	case c.Method != "" && c.Method != Transport && c.Method != Wrap && c.Method != PassphraseWrap:
		return errors.New("dskpp: unknown key protection method")
	}
	return nil
}
