package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TypeSignature is the typ of the statement in the evidence of a signature (RFC 7515, section
// 4.1.9).
const TypeSignature = "countersign-signature+jwt"

// Statement says what a signature is about: what nobody could tell from the signature alone. It is a JWS
// as an assertion is, and binds every other file of the evidence by its digest.
type Statement struct {
	Issuer   string `json:"iss"`
	IssuedAt int64  `json:"iat"`    // when it was exported, seconds since 1970
	Txn      string `json:"txn"`    // the transaction, by the name that service providers know
	Record   string `json:"record"` // the same, as the object of records in the audit log
	Person   string `json:"sub"`    // serial number of the person, as in the certificate
	Provider string `json:"provider,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Purpose  string `json:"purpose,omitempty"`

	Role     string `json:"role"` // authentication or signing
	Form     string `json:"form"` // attributed (CMS) or plain (PKCS #1)
	Service  string `json:"service"`
	Event    string `json:"event,omitempty"`
	Text     string `json:"text"`
	Shown    string `json:"shown"`
	Language string `json:"language,omitempty"`
	Kind     string `json:"content"` // shown, text or document
	MIME     string `json:"mime,omitempty"`
	Digest   string `json:"content_sha256"`
	Mode     string `json:"control_mode"`
	Control  string `json:"control,omitempty"`
	Nonce    string `json:"nonce"` // 32 hexadecimal digits

	Requested time.Time `json:"requested_at"`
	Answered  time.Time `json:"answered_at"`
	Validated time.Time `json:"validated_at"` // when the status of the certificate was learned

	Files map[string]string `json:"files"` // SHA-256 of each, by name
}

// Names of contents in statements.
const (
	contentShown    = "shown"
	contentText     = "text"
	contentDocument = "document"
)

// statement says what a signature is about.
func (s *Signature) statement(issuer, person string, at time.Time, files map[string][]byte) Statement {
	x := Statement{
		Issuer: issuer, IssuedAt: at.Unix(), Txn: s.Handle, Record: s.Record, Person: person, Provider: s.Provider, Ref: s.Ref, Purpose: s.Purpose,
		Role: s.Role.String(), Form: s.Form.String(), Service: s.Service, Event: s.Event, Text: s.Text, Shown: s.Shown, Language: s.Language,
		MIME: s.MIME, Digest: hex.EncodeToString(s.Digest[:]), Mode: s.Mode.String(), Control: s.Control, Nonce: hex.EncodeToString(s.Nonce[:]),
		Requested: s.Requested.UTC(), Answered: s.Answered.UTC(), Validated: s.Validated.UTC(), Files: map[string]string{},
	}
	x.Kind = map[applet.ContentKind]string{applet.ShownText: contentShown, applet.OwnText: contentText, applet.Document: contentDocument}[s.kind()]
	for name, content := range files {
		x.Files[name] = hexSum(content)
	}
	return x
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// command is what the card was told, as far as it decides what was shown and signed.
func (x *Statement) command(content []byte) (c applet.Command, err error) {
	digest, err := hex.DecodeString(x.Digest)
	nonce, bad := hex.DecodeString(x.Nonce)
	if err != nil || bad != nil || len(digest) != len(c.Content.Digest) || len(nonce) != len(c.Nonce) {
		return c, unlike("its digest or its nonce cannot be read")
	}
	c = applet.Command{Kind: applet.Sign, Service: x.Service, Event: x.Event, Text: x.Text, Language: x.Language, Nonce: applet.Nonce(nonce)}
	switch x.Kind {
	case contentShown:
		c.Content = applet.Content{Kind: applet.ShownText}
	case contentText:
		c.Content = applet.Content{Kind: applet.OwnText, Text: string(content)}
	case contentDocument:
		c.Content = applet.Content{Kind: applet.Document, Digest: [32]byte(digest)}
	}
	for _, f := range []applet.Form{applet.Attributed, applet.Plain} {
		if f.String() == x.Form {
			c.Form = f
		}
	}
	for _, m := range []applet.ControlMode{applet.NoControl, applet.ShownControl, applet.ChosenControl, applet.TypedControl} {
		if m.String() == x.Mode {
			c.Control = m
		}
	}
	if c.Content.Kind == 0 || c.Form == 0 {
		return c, unlike("it names a form or a content that this version does not know")
	}
	return c, nil
}

// check compares what was shown and what was signed: the text on the screen is made of the content
// that was signed, and the control code is bound to its hash.
func (x *Statement) check(content []byte) (applet.Command, error) {
	c, err := x.command(content)
	if err != nil {
		return c, err
	}
	digest := c.Digest()
	switch {
	case x.Issuer == "" || x.Txn == "" || x.Record == "" || x.Person == "" || x.Service == "" || x.Validated.IsZero():
		return c, unlike("something is missing in it")
	case hex.EncodeToString(digest[:]) != strings.ToLower(x.Digest) || x.Kind != contentDocument && string(c.Octets()) != string(content):
		return c, fault.Invalidf("evidence.content", "The content is not what the statement says was signed.")
	case c.Shown() != x.Shown:
		return c, fault.Invalidf("evidence.shown", "What the phone is said to have shown is not made of the text and the content.")
	case c.ControlCode() != x.Control:
		return c, fault.Invalidf("evidence.control", "The control code is not that of what was signed.")
	}
	return c, nil
}

// openStatement checks the statement's signature.
func openStatement(text string, set jose.JSONWebKeySet) (x Statement, kid string, err error) {
	payload, kid, err := opened(strings.TrimSpace(text), TypeSignature, set)
	if err != nil {
		return x, "", err
	}
	if err := json.Unmarshal(payload, &x); err != nil {
		return x, "", unlike("its claims cannot be read").WithCause(err)
	}
	return x, kid, nil
}

func unlike(why string) *fault.Error {
	return fault.Invalidf("evidence.claims", "The signature of the statement is good, but it is none of a signature's evidence: %s.", why)
}
