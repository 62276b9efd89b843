package mss

import (
	"strconv"
	"time"
)

// Password is AP_PWD. It shows itself nowhere but in a message.
type Password string

// String implements fmt.Stringer.
func (Password) String() string { return "[redacted]" }

// GoString implements fmt.GoStringer.
func (Password) GoString() string { return "[redacted]" }

// AP is the application provider of a message (AP_Info). ID, TransID, Password and Instant are
// required in requests.
type AP struct {
	ID       string // AP_ID, a URI
	TransID  string // AP_TransID, an NCName
	Password Password
	Instant  time.Time
	URL      string // AP_URL, for notifications; may be empty
}

// Member names a party of the mesh (MeshMemberType); all may be empty.
type Member struct {
	DNSName, IPAddress, URI, Identifier string
}

// Server is the service provider of mobile signatures (MSSP_Info).
type Server struct {
	ID      Member
	Instant time.Time // zero in most requests
}

// Base is what all messages have.
type Base struct {
	Major, Minor int
	AP           AP
	MSSP         Server
}

// User names a person by telephone number, or as an issuer of identities calls them.
type User struct {
	MSISDN     string
	Identifier string
	Issuer     Member
	Home       Member
}

// Data is text, or octets in an encoding, to be signed, displayed or sent.
type Data struct {
	Given    bool // whether there is such an element
	Text     string
	MimeType string
	Encoding string
}

// Status is the status of an answer.
type Status struct {
	Code    int
	Message string // the name of the code when the other side gives none
	detail  *node
}

func (r *reader) base(n *node) (b Base) {
	b.Major = r.number("MajorVersion", r.need(n, "MajorVersion"))
	b.Minor = r.number("MinorVersion", r.need(n, "MinorVersion"))
	ap := r.child(n, "AP_Info")
	if ap == nil {
		r.fail(MissingParam, "AP_Info is missing.")
	}
	b.AP = AP{ID: r.need(ap, "AP_ID"), TransID: r.need(ap, "AP_TransID"), URL: r.value(ap, "AP_URL")}
	b.AP.Password = Password(r.value(ap, "AP_PWD"))
	b.AP.Instant = r.time("Instant", r.need(ap, "Instant"))
	if b.AP.TransID != "" && !NCName(b.AP.TransID) {
		r.fail(WrongParam, "AP_TransID is no NCName: a letter or an underscore, then letters, digits, and . - _")
	}
	info := r.child(n, "MSSP_Info")
	b.MSSP = Server{ID: r.member(r.child(info, "MSSP_ID")), Instant: r.time("Instant", r.value(info, "Instant"))}
	return b
}

// request reads what only requests must have.
func (r *reader) request(n *node) Base {
	b := r.base(n)
	if b.AP.Password == "" {
		r.fail(MissingParam, "AP_PWD is missing.")
	}
	return b
}

func (r *reader) member(n *node) Member {
	return Member{r.value(n, "DNSName"), r.value(n, "IPAddress"), r.value(n, "URI"), r.value(n, "IdentifierString")}
}

func (r *reader) user(n *node) User {
	u := r.child(n, "MobileUser")
	return User{MSISDN: r.value(u, "MSISDN"), Identifier: r.value(u, "UserIdentifier"), Issuer: r.member(r.child(u, "IdentityIssuer")), Home: r.member(r.child(u, "HomeMSSP"))}
}

func (r *reader) data(n *node, name string) Data {
	d := r.child(n, name)
	if d == nil {
		return Data{}
	}
	return Data{true, r.content(d), r.value(d, "MimeType"), r.value(d, "Encoding")}
}

func (r *reader) status(n *node) Status {
	s := r.child(n, "Status")
	st := Status{r.number("Value", r.value(r.child(s, "StatusCode"), "Value")), r.value(s, "StatusMessage"), r.child(s, "StatusDetail")}
	if st.Message == "" {
		st.Message = Name(st.Code)
	}
	return st
}

// message makes the element of a message with what all have.
func (b Base) message(name string) *node {
	ap := el("AP_Info").with("AP_ID", b.AP.ID).with("AP_TransID", b.AP.TransID)
	ap.attrs = append(ap.attrs, attr{"", "AP_PWD", string(b.AP.Password)}) // required, though answers have none
	ap.with("Instant", formatTime(b.AP.Instant)).with("AP_URL", b.AP.URL)
	info := el("MSSP_Info", b.MSSP.ID.node("MSSP_ID")).with("Instant", formatTime(b.MSSP.Instant))
	n := el(name, ap, info)
	return n.with("MajorVersion", strconv.Itoa(b.Major)).with("MinorVersion", strconv.Itoa(b.Minor))
}

func (m Member) node(name string) *node {
	return el(name, leaf("DNSName", m.DNSName), leaf("IPAddress", m.IPAddress), leaf("URI", m.URI), leaf("IdentifierString", m.Identifier))
}

// optional leaves an empty member out.
func (m Member) optional(name string) *node {
	if m == (Member{}) {
		return nil
	}
	return m.node(name)
}

func (u User) node() *node {
	return el("MobileUser", u.Issuer.optional("IdentityIssuer"), leaf("UserIdentifier", u.Identifier), u.Home.optional("HomeMSSP"), leaf("MSISDN", u.MSISDN))
}

func (d Data) node(name string) *node {
	if !d.Given {
		return nil
	}
	return textIn(Namespace, name, d.Text).with("MimeType", d.MimeType).with("Encoding", d.Encoding)
}

func (s Status) node() *node {
	text := s.Message
	if text == "" {
		text = Name(s.Code)
	}
	return el("Status", el("StatusCode").with("Value", strconv.Itoa(s.Code)), leaf("StatusMessage", text), s.detail)
}

// NCName reports whether s is a name as AP_TransID must be (Namespaces in XML 1.0), of
// ASCII characters.
func NCName(s string) bool {
	for i, c := range []byte(s) {
		first := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		later := i > 0 && (c >= '0' && c <= '9' || c == '.' || c == '-')
		if !first && !later {
			return false
		}
	}
	return s != ""
}

// add appends children that there are.
func (n *node) add(kids ...*node) *node {
	for _, k := range kids {
		if k != nil {
			n.kids = append(n.kids, k)
		}
	}
	return n
}
