package dskpp

import "github.com/countersign-auth/countersign/pskc"

// ServerHello is the server's choice and nonce (KeyProvServerHello, RFC 6063,
// section 4.2.3). With a status other than Continue all but Version, Session and
// Status is empty.
type ServerHello struct {
	Version      Version
	Session      string
	Status       Status
	KeyType      string
	Encryption   string
	MACAlgorithm string
	Key          *KeyInfo // K: the server's public key, or the name of the shared one
	Package      string   // format of the key package
	Payload      *Payload // R_S
	Extensions   []Extension
	MAC          *MAC // when a key is replaced
}

func readServerHello(root *pskc.Element) (Message, error) {
	s := children(root, "Version", "SessionID", "Status")
	h := &ServerHello{Version: s.version(), Session: s.session(), Status: s.status()}
	if len(root.Children) == 0 {
		return h, s.end()
	}
	h.KeyType = s.uri(s.one("KeyType"))
	h.Encryption = s.uri(s.one("EncryptionAlgorithm"))
	h.MACAlgorithm = s.uri(s.one("MacAlgorithm"))
	if e := s.one("EncryptionKey"); e != nil {
		k, err := readKeyInfo(e)
		h.Key = keep(s, &k, err)
	}
	h.Package = s.uri(s.one("KeyPackageFormat"))
	p, err := readPayload(s.one("Payload"))
	h.Payload = keep(s, p, err)
	x, err := readExtensions(s.maybe("Extensions"))
	h.Extensions = keep(s, x, err)
	if e := s.maybe("Mac"); e != nil {
		m := s.mac(e)
		h.MAC = &m
	}
	return h, s.end()
}

// Format writes the hello.
func (h *ServerHello) Format() []byte { return h.element().Format(prefixes()) }

func (h *ServerHello) element() *pskc.Element {
	root := attrs(element("KeyProvServerHello"), "Version", h.Version.String(), "SessionID", h.Session, "Status", string(h.Status))
	if h.Key == nil {
		return root
	}
	var mac *pskc.Element
	if h.MAC != nil {
		mac = h.MAC.element()
	}
	for _, k := range []*pskc.Element{
		text("KeyType", h.KeyType), text("EncryptionAlgorithm", h.Encryption), text("MacAlgorithm", h.MACAlgorithm),
		h.Key.into(element("EncryptionKey")), text("KeyPackageFormat", h.Package), h.Payload.element(),
		writeExtensions(h.Extensions), mac,
	} {
		if k != nil {
			root.Children = append(root.Children, k)
		}
	}
	return root
}
