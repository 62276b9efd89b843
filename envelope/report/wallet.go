package report

import "strconv"

// Wallet asks for something about payment credentials. Exactly one member is there.
type Wallet struct {
	Cards   *CardsWish  `json:"cards,omitempty"`
	Add     *TokenWish  `json:"add,omitempty"`
	Hold    *TokenHeld  `json:"hold,omitempty"`
	Renew   *KeyWish    `json:"renew,omitempty"`
	Post    *Collection `json:"post,omitempty"`
	StandIn *StandIn    `json:"stand_in,omitempty"`
	Release *Release    `json:"release,omitempty"`
	Wake    *Wake       `json:"wake,omitempty"`
}

// Wake says where a push reaches the device when a letter waits for it: the subscription of a push service (RFC 8030). Without an endpoint it asks for
// the key under which one subscribes, and nothing changes.
type Wake struct {
	Endpoint string `json:"endpoint,omitzero"` // https, at most 1024 octets
	P256DH   string `json:"p256dh,omitzero"`   // base64url
	Auth     string `json:"auth,omitzero"`     // base64url
	Key      string `json:"key,omitzero"`      // the server's key that it was made under; "" for the newest
	Off      bool   `json:"off,omitzero"`      // no pushes any more
}

// CardsWish asks which cards of the customer may have a token on this device.
type CardsWish struct{}

// Ways to combine the devices of a token; see package cryptogram.
const (
	Single      = "single"      // one device
	Sum         = "sum"         // the sum of all of them opens everything
	ExclusiveOr = "xor"         // likewise
	Concatenate = "concatenate" // likewise
	Apart       = "apart"       // the token opens with the first device, the key with the second
	Crossed     = "crossed"     // parts of both, each opened by one device and kept on another
)

// Places where sealed credentials lie.
const (
	OnPrimary   = "primary"
	OnSecondary = "secondary"   // both on the first secondary
	KeyThere    = "key_there"   // the key on the secondary, the token on the primary
	TokenThere  = "token_there" // the other way round
)

// TokenWish asks for a token of a card on the device that sends it, to be used together with other devices of its owner.
type TokenWish struct {
	Card     []byte `json:"card"`               // of the list of cards
	With     []int  `json:"with"`               // short numbers of 1 to 8 devices
	How      string `json:"how,omitzero"`       // Single, …; where the key is split (assisted encryption), Single alone
	Place    string `json:"place,omitzero"`     // OnPrimary when it is left out
	Exchange []byte `json:"exchange,omitempty"` // public key of X25519: the shared key is agreed on and never sent
	Sealed   bool   `json:"sealed,omitzero"`    // assisted encryption: the primary's half lies sealed under the data of the other device, too
	PIN      string `json:"pin,omitzero"`       // 4 to 12 digits: with it the server stands in for a device that is away; none: it never does
}

// TokenHeld says that the device keeps what it got: the token may be used from now on.
type TokenHeld struct {
	Token []byte `json:"token"`
}

// MaxPaid is how many runs of payments one log has.
const MaxPaid = 200

// Run is the first and the last of transaction counters that follow one another.
type Run struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Logged reports whether a log has a counter.
func Logged(log []Run, counter int) bool {
	for _, r := range log {
		if r.From <= counter && counter <= r.To {
			return true
		}
	}
	return false
}

// Log adds a counter, higher than all others, to a log, which forgets its oldest runs above [MaxPaid].
func Log(log []Run, counter int) []Run {
	if n := len(log); n > 0 && log[n-1].To == counter-1 {
		log[n-1].To = counter
		return log
	}
	if log = append(log, Run{From: counter, To: counter}); len(log) > MaxPaid {
		log = log[len(log)-MaxPaid:]
	}
	return log
}

// LimitedData is the kind of a [KeyWish] for data of limited use: a secret for codes of three digits.
const LimitedData = "data"

// KeyWish asks for the next key of a token, or for data of limited use.
type KeyWish struct {
	Kind    string `json:"kind,omitzero"` // LimitedData; "" for a key
	Token   []byte `json:"token"`
	Renewal int    `json:"renewal"`        // one more than the device had
	Index   string `json:"index"`          // of its newest key
	Paid    []Run  `json:"paid,omitempty"` // transaction counters of all cryptograms that it made of the token, under whichever key, ascending
}

// MaxLetters is how many letters one message has, or is told of.
const MaxLetters = 20

// Collection asks for letters that wait.
type Collection struct {
	Had [][]byte `json:"had,omitempty"` // ids of letters that the device has dealt with
}

// StandIn asks the server for what an absent secondary would answer (assisted encryption).
type StandIn struct {
	Token []byte `json:"token"`
	Index string `json:"index"`
	First []byte `json:"first"` // the first intermediate cryptogram
	PIN   string `json:"pin"`
}

// Release asks the server for the data of absent secondaries (assisted storage).
type Release struct {
	Token []byte `json:"token"`
	PIN   string `json:"pin"`
}

// Check says what is wrong with a request.
func (w *Wallet) Check() *Error {
	n := 0
	for _, there := range []bool{w.Cards != nil, w.Add != nil, w.Hold != nil, w.Renew != nil, w.Post != nil, w.StandIn != nil, w.Release != nil, w.Wake != nil} {
		if there {
			n++
		}
	}
	if n != 1 {
		return wrong("", "one request in one message")
	}
	switch {
	case w.Add != nil:
		return w.Add.check()
	case w.Hold != nil:
		return id("/hold/token", w.Hold.Token)
	case w.Renew != nil:
		return w.Renew.check()
	case w.Post != nil:
		return w.Post.check()
	case w.StandIn != nil:
		return w.StandIn.check()
	case w.Wake != nil:
		if w.Wake.Off && w.Wake.Endpoint != "" {
			return wrong("/wake/off", "an endpoint, or off")
		}
	case w.Release != nil:
		return first(id("/release/token", w.Release.Token), pin("/release/pin", w.Release.PIN))
	}
	return nil
}

func (t *TokenWish) check() *Error {
	if len(t.With) == 0 || len(t.With) > 8 {
		return wrong("/add/with", "1 to 8 devices")
	}
	for i, n := range t.With {
		if n < 1 || n > 255 {
			return wrong("/add/with/"+strconv.Itoa(i), "short numbers are 1 to 255")
		}
	}
	if len(t.Exchange) != 0 && len(t.Exchange) != 32 {
		return wrong("/add/exchange", "a public key of X25519 has 32 octets")
	}
	if t.PIN != "" {
		if err := pin("/add/pin", t.PIN); err != nil {
			return err
		}
	}
	return id("/add/card", t.Card)
}

func (k *KeyWish) check() *Error {
	switch {
	case k.Kind != "" && k.Kind != LimitedData:
		return wrong("/renew/kind", "data, or nothing for a key")
	case k.Renewal < 2 || k.Renewal > 1_000_000:
		return wrong("/renew/renewal", "the first key comes with the token: renewals begin at 2")
	case len(k.Paid) > MaxPaid:
		return wrong("/renew/paid", "at most 200 runs of payments")
	}
	last := 0
	for i, r := range k.Paid {
		if r.From <= last || r.To < r.From || r.To > 65_535 {
			return wrong("/renew/paid/"+strconv.Itoa(i), "the first and the last of transaction counters that follow one another, 1 to 65535, behind the run before")
		}
		last = r.To
	}
	return first(id("/renew/token", k.Token), index("/renew/index", k.Index))
}

func (c *Collection) check() *Error {
	if len(c.Had) > MaxLetters {
		return wrong("/post/had", "at most 20 letters")
	}
	for i, x := range c.Had {
		if err := id("/post/had/"+strconv.Itoa(i), x); err != nil {
			return err
		}
	}
	return nil
}

func (s *StandIn) check() *Error {
	if len(s.First) != 8 && len(s.First) != 16 {
		return wrong("/stand_in/first", "an intermediate cryptogram is one block")
	}
	return first(id("/stand_in/token", s.Token), index("/stand_in/index", s.Index), pin("/stand_in/pin", s.PIN))
}

func first(all ...*Error) *Error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func id(at string, b []byte) *Error {
	if len(b) != 16 {
		return wrong(at, "an id has 16 octets")
	}
	return nil
}

func index(at, s string) *Error {
	if len(s) != 7 || !digits(s) {
		return wrong(at, "an index has seven digits")
	}
	return nil
}

func pin(at, s string) *Error {
	if len(s) < 4 || len(s) > 12 || !digits(s) {
		return wrong(at, "a PIN has 4 to 12 digits")
	}
	return nil
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
