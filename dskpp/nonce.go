package dskpp

import "github.com/countersign-auth/countersign/pskc"

// ClientNonce brings R_C under the server's key and proves the user
// (KeyProvClientNonce, RFC 6063, section 4.2.4).
type ClientNonce struct {
	Version        Version
	Session        string
	EncryptedNonce []byte
	Authentication *AuthenticationData
	Extensions     []Extension
}

func readClientNonce(root *pskc.Element) (Message, error) {
	s := children(root, "Version", "SessionID")
	n := &ClientNonce{Version: s.version(), Session: s.session()}
	if _, ok := root.Attr("SessionID"); !ok {
		s.fail("a KeyProvClientNonce without SessionID")
	}
	n.EncryptedNonce = s.bytes(s.one("EncryptedNonce"))
	a, err := readAuthenticationData(s.maybe("AuthenticationData"))
	n.Authentication = keep(s, a, err)
	x, err := readExtensions(s.maybe("Extensions"))
	n.Extensions = keep(s, x, err)
	return n, s.end()
}

// Format writes the message.
func (n *ClientNonce) Format() []byte { return n.element().Format(prefixes()) }

func (n *ClientNonce) element() *pskc.Element {
	nonce := n.EncryptedNonce
	if nonce == nil {
		nonce = []byte{}
	}
	root := element("KeyProvClientNonce", octets("EncryptedNonce", nonce), n.Authentication.element(), writeExtensions(n.Extensions))
	root.Attrs = []pskc.Attr{{Name: "Version", Value: n.Version.String()}, {Name: "SessionID", Value: n.Session}}
	return root
}
