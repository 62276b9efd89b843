package mss

import "strings"

// Message is one of the messages of the package comment.
type Message interface {
	node() *node
}

// Dialect is how a client writes, and how it is answered. The zero Dialect is the strict reading
// of the WSDL (SOAP, rpc/literal): wrapper and message in no namespace.
type Dialect struct {
	JSON      bool
	Text      bool   // the content is text/xml
	Bare      bool   // no wrapper stands around the message
	Wrapper   string // namespace of the wrapper
	Qualified bool   // the message is in the schema's namespace
}

// Envelope is a message on its way.
type Envelope struct {
	Operation Operation
	Dialect   Dialect
	Message   Message
	Roaming   bool // a roaming header of TS 102 207 came with it
}

// ReadRequest reads a request in SOAP or, when it is JSON, by the media type that came with
// it. What fails is a *Fault; the envelope then says at least how to answer it.
func ReadRequest(media string, body []byte) (*Envelope, error) { return read(media, body, false) }

// ReadResponse reads an answer: an envelope with a response, or a *Fault, which may be the
// other side's. A notification is a request of the MSSP: its answer is a ReceiptRequest.
func ReadResponse(media string, body []byte) (*Envelope, error) { return read(media, body, true) }

func read(media string, body []byte, response bool) (*Envelope, error) {
	e := &Envelope{Dialect: Dialect{JSON: media == MediaJSON, Text: media == MediaXML}}
	var n *node
	var err error
	if e.Dialect.JSON {
		n, err = parseJSON(body)
	} else {
		n, err = e.open(body)
	}
	if err != nil {
		return e, err
	}
	return e, e.fill(n, response)
}

// open takes a message out of its envelope and wrapper.
func (e *Envelope) open(body []byte) (*node, error) {
	root, err := parseXML(body)
	if err != nil {
		return nil, Faultf(WrongParam, 0, "The body is no XML document: no document type, at most %d elements, %d deep.", maxElements, maxDepth)
	}
	switch {
	case root.name == "Envelope" && root.space == oldEnvelope:
		return nil, Faultf(IncompatibleInterf, 0, "SOAP 1.2 is needed; this is SOAP 1.1.")
	case root.name != "Envelope" || root.space != EnvelopeSpace:
		return nil, Faultf(WrongParam, 0, "The body is no SOAP envelope.")
	}
	r := &reader{}
	if header := r.child(root, "Header"); header != nil {
		if fault := e.header(header); fault != nil {
			return nil, fault
		}
	}
	content := r.child(root, "Body")
	if content == nil || len(content.kids) != 1 || r.fault != nil {
		return nil, Faultf(WrongParam, 0, "A SOAP body with one element is expected.")
	}
	n := content.kids[0]
	if strings.HasSuffix(n.name, "Req") || strings.HasSuffix(n.name, "Resp") || n.name == "Fault" {
		e.Dialect.Bare, e.Dialect.Qualified = true, n.space == Namespace
		return n, nil
	}
	if len(n.kids) != 1 {
		return nil, Faultf(WrongParam, 0, "One message is expected in %s.", short(n.name))
	}
	e.Dialect.Wrapper, e.Dialect.Qualified = n.space, n.kids[0].space == Namespace
	return n.kids[0], nil
}

// header looks for what must be understood (SOAP 1.2, section 5.4.4 of part 1).
func (e *Envelope) header(h *node) error {
	for _, k := range h.kids {
		if k.space == RoamingSpace {
			e.Roaming = true
			continue
		}
		for _, a := range k.attrs {
			if a.space == EnvelopeSpace && a.name == "mustUnderstand" && (a.value == "true" || a.value == "1") && k.name != "Security" {
				return Faultf(IncompatibleInterf, 0, "The header %s is not understood.", short(k.name))
			}
		}
	}
	return nil
}

// fill reads the message.
func (e *Envelope) fill(n *node, response bool) error {
	if n.name == "Fault" {
		return readFault(n, e.Dialect.JSON)
	}
	r := &reader{}
	for _, o := range operations {
		if !response && n.name == o.request || response && n.name == o.response {
			e.Operation = o.op
			break
		}
	}
	e.Message = r.message(n)
	switch {
	case e.Message == nil || e.Operation == "":
		return Faultf(WrongParam, 0, "%s is no message that is expected here.", short(n.name))
	case r.fault != nil:
		return r.fault
	}
	return nil
}

func (r *reader) message(n *node) Message {
	switch n.name {
	case "MSS_SignatureReq":
		return r.signatureRequest(n)
	case "MSS_SignatureResp":
		return r.signatureResponse(n)
	case "MSS_StatusReq":
		return r.statusRequest(n)
	case "MSS_StatusResp":
		return r.statusResponse(n)
	case "MSS_ReceiptReq":
		return r.receiptRequest(n)
	case "MSS_ReceiptResp":
		return r.receiptResponse(n)
	case "MSS_RegistrationReq":
		return r.registrationRequest(n)
	case "MSS_RegistrationResp":
		return r.registrationResponse(n)
	case "MSS_ProfileReq":
		return r.profileRequest(n)
	case "MSS_ProfileResp":
		return r.profileResponse(n)
	case "MSS_HandshakeReq":
		return r.handshakeRequest(n)
	case "MSS_HandshakeResp":
		return r.handshakeResponse(n)
	}
	return nil
}

// readFault reads a fault of the other side.
func readFault(n *node, json bool) error {
	r := &reader{}
	code := r.child(n, "Code")
	var subcode, detail string
	if json {
		subcode, detail = r.value(r.child(code, "SubCode"), "Value"), r.value(n, "Detail")
	} else {
		subcode = r.value(r.child(code, "Subcode"), "Value")
		if d := r.child(n, "Detail"); d != nil && len(d.kids) > 0 {
			detail = strings.TrimSpace(d.kids[0].text)
		}
	}
	f := faultOf(subcode, detail)
	if Name(f.Code) == "" {
		f.Code = InternalError
	}
	return f
}

// short bounds a name that somebody else has chosen.
func short(name string) string {
	const most = 40
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// WriteRequest writes a request as a client does.
func (e *Envelope) WriteRequest() []byte { return e.write(string(e.Operation)) }

// WriteResponse writes an answer in the dialect of the request.
func (e *Envelope) WriteResponse() []byte { return e.write(string(e.Operation) + wrapperOfResponse) }

func (e *Envelope) write(wrapper string) []byte {
	n := e.Message.node()
	if e.Dialect.JSON {
		return writeJSON(n)
	}
	if !e.Dialect.Qualified {
		n.space = ""
	}
	if !e.Dialect.Bare {
		n = elIn(e.Dialect.Wrapper, wrapper, n)
	}
	return writeXML(elIn(EnvelopeSpace, "Envelope", elIn(EnvelopeSpace, "Body", n)))
}

// Media is the content type of what is written in a dialect.
func (d Dialect) Media() string {
	switch {
	case d.JSON:
		return MediaJSON + ";charset=UTF-8"
	case d.Text:
		return MediaXML + ";charset=UTF-8"
	}
	return MediaSOAP + ";charset=UTF-8"
}

// Write writes a fault in a dialect.
func (f *Fault) Write(d Dialect) []byte {
	side := "Receiver"
	if f.Sender() {
		side = "Sender"
	}
	if d.JSON {
		return writeJSON(f.jsonNode(side))
	}
	env := func(name string, kids ...*node) *node { return elIn(EnvelopeSpace, name, kids...) }
	reason := textIn(EnvelopeSpace, "Text", Name(f.Code))
	reason.attrs = []attr{{xmlSpace, "lang", "en"}}
	fault := env("Fault",
		env("Code", textIn(EnvelopeSpace, "Value", "env:"+side), env("Subcode", textIn(EnvelopeSpace, "Value", prefixed(f.Code)))),
		env("Reason", reason))
	if text := f.text(); text != "" {
		fault.add(env("Detail", textIn(Namespace, "detail", text)))
	}
	return writeXML(env("Envelope", env("Body", fault)))
}
