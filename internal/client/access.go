package client

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Access is what a verified access token allows at this moment.
type Access struct {
	Client  ident.ID
	Name    string // of the client
	Kind    Kind
	Brand   string
	Scopes  Scopes    // granted in the token and still allowed
	Rate    Rate      // for [Limiter.Client]
	Expires time.Time // of the token
}

// Actor returns the client as the one who acts.
func (a Access) Actor() audit.Actor { return audit.Client(a.Client, a.Name) }

// Need reports the fault "client.scope" unless every scope of want is allowed.
func (a Access) Need(want Scopes) error {
	if a.Scopes.Has(want) {
		return nil
	}
	return fault.Deniedf("client.scope", "The access token does not allow this: it needs the scope %s.", want)
}

// header is that of every token that we sign, with the point behind it.
var header = []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"at+jwt"}`)) + ".")

// Sizes of tokens in bytes. Claims stay below maxClaims: an issuer has at most
// 200 characters, and all scopes together a few hundred.
const (
	maxClaims = 2048
	macText   = 43 // 32 bytes in base64url
)

var encoding = base64.RawURLEncoding.Strict() // one token, one text

// layout is the fixed text around the values in the claims.
type layout struct{ start []byte }

func newLayout(issuer string) layout {
	iss, _ := json.Marshal(issuer) // a string always marshals
	return layout{start: []byte(`{"iss":` + string(iss) + `,"aud":` + string(iss) + `,"sub":"`)}
}

// claims are the values in a token.
type claims struct {
	client, jti []byte // ids in text form
	issued      int64  // Unix seconds
	expires     int64  // Unix seconds
	generation  int64
	scopes      Scopes
}

// write appends the claims in the layout that read expects (RFC 9068, section 2.2).
func (l layout) write(b []byte, c claims) []byte {
	b = append(b, l.start...)
	for _, part := range [...][]byte{c.client, []byte(`","client_id":"`), c.client, []byte(`","jti":"`), c.jti, []byte(`","iat":`)} {
		b = append(b, part...)
	}
	b = strconv.AppendInt(b, c.issued, 10)
	b = append(b, `,"exp":`...)
	b = strconv.AppendInt(b, c.expires, 10)
	b = append(b, `,"gen":`...)
	b = strconv.AppendInt(b, c.generation, 10)
	return append(b, `,"scope":"`+c.scopes.String()+`"}`...)
}

// read takes the claims apart; the HMAC was right, so they are ours.
func (l layout) read(b []byte) (c claims, ok bool) {
	p := parser{b: b, ok: true}
	p.skip(l.start)
	c.client = p.id()
	p.skip([]byte(`","client_id":"`))
	same := p.id()
	p.skip([]byte(`","jti":"`))
	c.jti = p.id()
	p.skip([]byte(`","iat":`))
	c.issued = p.number()
	p.skip([]byte(`,"exp":`))
	c.expires = p.number()
	p.skip([]byte(`,"gen":`))
	c.generation = p.number()
	p.skip([]byte(`,"scope":"`))
	c.scopes = p.scopes()
	p.skip([]byte(`"}`))
	return c, p.ok && len(p.b) == 0 && bytes.Equal(same, c.client)
}

// parser takes parts off claims; ok turns false for good at the first mismatch.
type parser struct {
	b  []byte
	ok bool
}

func (p *parser) skip(want []byte) {
	if !p.ok || !bytes.HasPrefix(p.b, want) {
		p.ok = false
		return
	}
	p.b = p.b[len(want):]
}

// id takes off the text form of an id.
func (p *parser) id() (text []byte) {
	const n = 26
	if !p.ok || len(p.b) < n {
		p.ok = false
		return nil
	}
	text, p.b = p.b[:n], p.b[n:]
	return text
}

func (p *parser) number() (n int64) {
	i := 0
	for ; p.ok && i < len(p.b) && '0' <= p.b[i] && p.b[i] <= '9' && i < 18; i++ {
		n = n*10 + int64(p.b[i]-'0')
	}
	p.ok = p.ok && i > 0
	if p.ok {
		p.b = p.b[i:]
	}
	return n
}

// scopes reads names up to the closing quote. Names that this version does not
// know are skipped: another version may have issued the token.
func (p *parser) scopes() (set Scopes) {
	end := bytes.IndexByte(p.b, '"')
	if !p.ok || end < 0 {
		p.ok = false
		return 0
	}
	names := p.b[:end]
	p.b = p.b[end:]
	for len(names) > 0 {
		name, rest, _ := bytes.Cut(names, []byte{' '})
		set |= scopeByName[string(name)]
		names = rest
	}
	return set
}

// scratch is what Verify works in, lent by a pool so that it allocates nothing.
type scratch struct {
	mac    hash.Hash
	sum    [sha256.Size]byte
	text   []byte
	claims [maxClaims]byte
	given  [sha256.Size]byte
}

func newScratch(key [32]byte) *scratch {
	return &scratch{mac: hmac.New(sha256.New, key[:]), text: make([]byte, 0, len(header)+maxClaims*4/3+1+macText)}
}

// authentic checks form and HMAC of a token and returns its claims in JSON,
// valid until the next call.
func (s *scratch) authentic(token string) ([]byte, bool) {
	if len(token) > cap(s.text) || len(token) < len(header)+1+macText {
		return nil, false
	}
	s.text = append(s.text[:0], token...)
	signed, mac := s.text[:len(s.text)-macText-1], s.text[len(s.text)-macText:]
	if s.text[len(signed)] != '.' || !bytes.HasPrefix(signed, header) {
		return nil, false
	}
	if n, err := encoding.Decode(s.given[:], mac); err != nil || n != len(s.given) || !hmac.Equal(s.sign(signed), s.given[:]) {
		return nil, false
	}
	n, err := encoding.Decode(s.claims[:], signed[len(header):])
	return s.claims[:n], err == nil
}

func (s *scratch) sign(b []byte) []byte {
	s.mac.Reset()
	s.mac.Write(b)
	return s.mac.Sum(s.sum[:0])
}

// seal makes the token of claims.
func (r *Register) seal(c claims) string {
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	b := append([]byte(nil), header...)
	b = encoding.AppendEncode(b, r.layout.write(nil, c))
	mac := s.sign(b)
	b = append(b, '.')
	return string(encoding.AppendEncode(b, mac))
}

// Verify checks an access token and returns what it allows now. It makes no call
// to the database. Failures are the Denied faults "client.token_invalid" and
// "client.token_expired", and "client.stale" (Unavailable) when this node has not
// reached the database for five seconds.
func (r *Register) Verify(token string) (Access, error) {
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	text, ok := s.authentic(token)
	if !ok {
		return Access{}, invalidToken()
	}
	c, ok := r.layout.read(text)
	if !ok {
		return Access{}, invalidToken()
	}
	now := r.Now()
	if now.Unix() >= c.expires {
		return Access{}, fault.Deniedf("client.token_expired", "The access token has expired: get a new one.")
	}
	cl, err := r.current(c.client, now)
	switch {
	case err != nil:
		return Access{}, err
	case cl == nil || cl.Status != Active || cl.generation != c.generation:
		return Access{}, invalidToken()
	}
	return Access{
		Client: cl.ID, Name: cl.Name, Kind: cl.Kind, Brand: cl.Brand, Scopes: c.scopes & cl.Scopes,
		Rate: Rate{PerSecond: cl.Rate, Burst: cl.Burst}, Expires: time.Unix(c.expires, 0).UTC(),
	}, nil
}

func invalidToken() error {
	return fault.Deniedf("client.token_invalid", "The access token is not valid: get a new one.")
}
