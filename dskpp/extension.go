package dskpp

import "github.com/countersign-auth/countersign/pskc"

// Extension is an extension of a message (RFC 6063, section 6).
type Extension struct {
	Critical bool
	// Space and Type name the type of the extension, from xsi:type.
	Space, Type string
	// Data of ClientInfo and ServerInfo; nobody but their author reads it.
	Data []byte
	// Content of any other type.
	Content []*pskc.Element
	Attrs   []pskc.Attr
	Text    string
}

// Names of the extensions that RFC 6063 defines.
const (
	clientInfo = "ClientInfoType"
	serverInfo = "ServerInfoType"
)

// ClientInfo carries data of the client, which the server sends back unread in
// its next response (section 6.1).
func ClientInfo(data []byte) Extension {
	return Extension{Space: Namespace, Type: clientInfo, Data: data}
}

// ServerInfo carries data of the server, which the client sends back unread in
// its next request (section 6.2).
func ServerInfo(data []byte) Extension {
	return Extension{Space: Namespace, Type: serverInfo, Data: data}
}

func (x *Extension) is(name string) bool { return x.Space == Namespace && x.Type == name }

func (x *Extension) known() bool { return x.is(clientInfo) || x.is(serverInfo) }

// pick returns the extensions of one known type.
func pick(list []Extension, name string) (found []Extension) {
	for _, x := range list {
		if x.is(name) {
			found = append(found, x)
		}
	}
	return found
}

// understood refuses critical extensions: those that are not known, and those
// that may not be critical.
func understood(list []Extension) error {
	for _, x := range list {
		switch {
		case x.Critical && x.known():
			return malformed("a %s marked as critical", x.Type)
		case x.Critical:
			return fail(UnknownCriticalExtension, "the extension %s of %s", clip(x.Type), clip(x.Space))
		}
	}
	return nil
}

func readExtensions(e *pskc.Element) (list []Extension, err error) {
	if e == nil {
		return nil, nil
	}
	s := children(e)
	for s.is(Namespace, "Extension") {
		x, err := readExtension(s.one("Extension"))
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	if len(list) == 0 {
		s.fail("no Extension in Extensions")
	}
	return list, s.end()
}

func readExtension(e *pskc.Element) (x Extension, err error) {
	if e.TypeName == "" { // the type is abstract
		return x, malformed("an Extension without xsi:type")
	}
	x.Space, x.Type = e.TypeSpace, e.TypeName
	if v, ok := e.Attr("Critical"); ok {
		if x.Critical, ok = parseBool(v); !ok {
			return x, malformed("Critical is neither true nor false")
		}
	}
	if !x.known() {
		x.Content, x.Text = e.Children, e.Text
		for _, a := range e.Attrs {
			if a.Space != "" || a.Name != "Critical" {
				x.Attrs = append(x.Attrs, a)
			}
		}
		return x, nil
	}
	s := children(e, "Critical", "xsi:type")
	x.Data = s.bytes(s.one("Data"))
	return x, s.end()
}

func writeExtensions(list []Extension) *pskc.Element {
	if len(list) == 0 {
		return nil
	}
	all := element("Extensions")
	for _, x := range list {
		e := &pskc.Element{Space: Namespace, Name: "Extension", TypeSpace: x.Space, TypeName: x.Type}
		if x.Critical {
			e.Attrs = append(e.Attrs, pskc.Attr{Name: "Critical", Value: "true"})
		}
		e.Attrs = append(e.Attrs, x.Attrs...)
		e.Children, e.Text = x.Content, x.Text
		if x.known() {
			data := x.Data
			if data == nil {
				data = []byte{}
			}
			e.Children = []*pskc.Element{octets("Data", data)}
		}
		all.Children = append(all.Children, e)
	}
	return all
}
