package smpp

// Address is a phone number or a name (sections 5.2.5 to 5.2.9).
type Address struct { //nolint:recvcheck // parse fills it, the rest only looks
	TON  TON
	NPI  byte   // 1 for telephone numbers (E.164), 0 for names
	Addr string // at most 20 octets; a telephone number has digits only
}

// TON is a type of number.
type TON byte

// The types of numbers in use.
const (
	UnknownNumber TON = 0
	International TON = 1
	National      TON = 2
	ShortCode     TON = 3 // network specific
	Alphanumeric  TON = 5 // a name, such as the bank's, of up to 11 characters
)

func (a *Address) parse(r *reader, name string, n int) {
	a.TON, a.NPI, a.Addr = TON(r.byte()), r.byte(), r.text(name, n)
}

func (a Address) append(w *writer, name string, n int) {
	w.byte(byte(a.TON), a.NPI)
	w.text(name, a.Addr, n)
}

// Version is the interface_version of SMPP 3.4.
const Version byte = 0x34

// Bind is the body of the three bind requests (section 4.1).
type Bind struct {
	SystemID   string // at most 15 octets
	Password   string // at most 8 octets
	SystemType string // at most 12 octets
	Version    byte
	Range      Address // of 40 octets at most
}

func (b *Bind) parse(r *reader) {
	b.SystemID, b.Password, b.SystemType = r.text("system_id", 16), r.text("password", 9), r.text("system_type", 13)
	b.Version = r.byte()
	b.Range.parse(r, "address_range", 41)
}

func (b *Bind) append(w *writer) {
	w.text("system_id", b.SystemID, 16)
	w.text("password", b.Password, 9)
	w.text("system_type", b.SystemType, 13)
	w.byte(b.Version)
	b.Range.append(w, "address_range", 41)
}

// BindResp is the body of the responses to bind.
type BindResp struct {
	SystemID string // of the center, at most 15 octets
	TLVs     TLVs
}

func (b *BindResp) parse(r *reader)  { b.SystemID, b.TLVs = r.text("system_id", 16), r.tlvs() }
func (b *BindResp) append(w *writer) { w.text("system_id", b.SystemID, 16); w.tlvs(b.TLVs) }

// Message is the body of submit_sm and of deliver_sm (sections 4.4.1, 4.6.1).
type Message struct {
	ServiceType string // at most 5 octets
	Source      Address
	Dest        Address
	ESMClass    byte
	ProtocolID  byte
	Priority    byte
	Schedule    string // scheduled delivery: empty or 16 octets
	Validity    string // validity period: empty or 16 octets; see Relative
	Registered  byte   // registered_delivery: 1 asks for a receipt
	Replace     byte
	Coding      Coding
	DefaultID   byte
	Short       []byte // short_message with its user data header, at most 254 octets
	TLVs        TLVs
}

// Bits of esm_class (section 5.2.12).
const (
	ESMTypes        byte = 0x3C // the bits that say what a deliver_sm is
	ESMReceipt      byte = 0x04 // a delivery receipt of the center
	ESMIntermediate byte = 0x20 // an intermediate notification of the center
	ESMHeader       byte = 0x40 // the short message begins with a user data header
)

const maxShort = 254

func (m *Message) parse(r *reader) {
	m.ServiceType = r.text("service_type", 6)
	m.Source.parse(r, "source_addr", 21)
	m.Dest.parse(r, "destination_addr", 21)
	m.ESMClass, m.ProtocolID, m.Priority = r.byte(), r.byte(), r.byte()
	m.Schedule, m.Validity = r.text("schedule_delivery_time", 17), r.text("validity_period", 17)
	m.Registered, m.Replace, m.Coding, m.DefaultID = r.byte(), r.byte(), Coding(r.byte()), r.byte()
	n := int(r.byte())
	if n > maxShort {
		r.fail(InvalidParameter, "short_message is longer than %d octets", maxShort)
	}
	if m.Short = r.bytes(n); n == 0 {
		m.Short = nil
	}
	m.TLVs = r.tlvs()
}

func (m *Message) append(w *writer) {
	w.text("service_type", m.ServiceType, 6)
	m.Source.append(w, "source_addr", 21)
	m.Dest.append(w, "destination_addr", 21)
	w.byte(m.ESMClass, m.ProtocolID, m.Priority)
	w.text("schedule_delivery_time", m.Schedule, 17)
	w.text("validity_period", m.Validity, 17)
	if len(m.Short) > maxShort {
		w.fail(InvalidParameter, "short_message is longer than %d octets", maxShort)
		return
	}
	w.byte(m.Registered, m.Replace, byte(m.Coding), m.DefaultID, byte(len(m.Short))) //nolint:gosec // checked above
	w.byte(m.Short...)
	w.tlvs(m.TLVs)
}

// Content is the text's octets with their user data header, wherever they stand:
// in short_message or in message_payload.
func (m *Message) Content() []byte {
	if payload, ok := m.TLVs.Get(TagPayload); ok && len(m.Short) == 0 {
		return payload
	}
	return m.Short
}

// MessageResp is the body of the responses to submit_sm and deliver_sm.
type MessageResp struct {
	ID   string // at most 64 octets; empty in deliver_sm_resp
	TLVs TLVs
}

func (m *MessageResp) parse(r *reader)  { m.ID, m.TLVs = r.text("message_id", 65), r.tlvs() }
func (m *MessageResp) append(w *writer) { w.text("message_id", m.ID, 65); w.tlvs(m.TLVs) }
