package dskpp

import "github.com/countersign-auth/countersign/pskc"

// ServerFinished ends a run (KeyProvServerFinished, RFC 6063, sections 4.2.5 and
// 5.2.3). With a status other than Success all but Version, Session and Status is
// empty.
type ServerFinished struct {
	Version        Version
	Session        string
	Status         Status
	Package        *Package
	Extensions     []Extension
	MAC            MAC
	Authentication *AuthenticationMAC // MAC 2, when a key is replaced in two passes
}

// Package is a key package on the wire (dskpp:KeyPackageType). Exactly one of
// Container and Foreign is set.
type Package struct {
	ServerID string
	Method   string // key protection method
	// Container is a dskpp:KeyContainer, whose children are those of RFC 6030.
	Container *pskc.Element
	Foreign   *pskc.Element
}

func readServerFinished(root *pskc.Element) (Message, error) {
	s := children(root, "Version", "SessionID", "Status")
	f := &ServerFinished{Version: s.version(), Session: s.session(), Status: s.status()}
	if len(root.Children) == 0 {
		return f, s.end()
	}
	p, err := readPackage(s.one("KeyPackage"))
	f.Package = keep(s, p, err)
	x, err := readExtensions(s.maybe("Extensions"))
	f.Extensions = keep(s, x, err)
	f.MAC = s.mac(s.one("Mac"))
	a, err := readAuthenticationMAC(s.maybe("AuthenticationData"))
	f.Authentication = keep(s, a, err)
	return f, s.end()
}

func readPackage(e *pskc.Element) (*Package, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // the caller has noted that it is missing
	}
	s := children(e)
	p := &Package{ServerID: s.uri(s.maybe("ServerID")), Method: s.uri(s.maybe("KeyProtectionMethod"))}
	if p.Container = s.maybe("KeyContainer"); p.Container == nil {
		if p.Foreign = s.other(); p.Foreign == nil {
			s.fail("a KeyPackage without KeyContainer")
		}
	}
	return p, s.end()
}

// Format writes the message.
func (f *ServerFinished) Format() []byte { return f.element().Format(prefixes()) }

func (f *ServerFinished) element() *pskc.Element {
	root := attrs(element("KeyProvServerFinished"), "Version", f.Version.String(), "SessionID", f.Session, "Status", string(f.Status))
	if f.Package == nil {
		return root
	}
	content := f.Package.Container
	if content == nil {
		content = f.Package.Foreign
	}
	kids := []*pskc.Element{
		element("KeyPackage", maybeText("ServerID", f.Package.ServerID), maybeText("KeyProtectionMethod", f.Package.Method), content),
		writeExtensions(f.Extensions), f.MAC.element(),
	}
	if f.Authentication != nil {
		kids = append(kids, f.Authentication.element("AuthenticationData"))
	}
	root.Children = element("", kids...).Children
	return root
}
