package report

// Credentials is the part of an [Answer] that is about payments.
type Credentials struct {
	Cards  []Card       `json:"cards,omitempty"`
	Set    *TokenSet    `json:"set,omitempty"`    // to a TokenWish
	Key    *TokenKey    `json:"key,omitempty"`    // to a KeyWish
	Post   []Letter     `json:"post,omitempty"`   // to a Collection, the oldest first
	More   bool         `json:"more,omitzero"`    // letters that did not fit
	Second []byte       `json:"second,omitempty"` // to a StandIn: the second intermediate cryptogram
	Data   []DeviceData `json:"data,omitempty"`   // to a Release
	Push   string       `json:"push,omitzero"`    // to a Wake: the key under which one subscribes, base64url
}

// Card is one that may have a token here.
type Card struct {
	Card    []byte `json:"card"`
	Last4   string `json:"last4"`
	Expires string `json:"expires"` // YYMM
	Assist  string `json:"assist"`  // what other devices do: storage or encryption
	Wrap    string `json:"wrap"`    // hardened: they must be able to keep a secret
}

// TokenSet is a token with its first key.
type TokenSet struct {
	Token    []byte       `json:"token"`
	Number   string       `json:"number,omitzero"` // where it is not sealed
	Last4    string       `json:"last4"`
	Until    int64        `json:"until"` // end of its life
	Suite    string       `json:"suite"`
	Assist   string       `json:"assist"`
	Variant  string       `json:"variant"`
	Wrap     string       `json:"wrap"`
	How      string       `json:"how"`
	Static   string       `json:"static"`            // stands in where an access device gives no data
	Cache    int          `json:"cache"`             // seconds that what a secondary gave may be kept
	LowUses  int          `json:"low_uses"`          // so many left: ask for the next key
	LowShare int          `json:"low_share"`         // percent of amount or time left, likewise
	Salt     []byte       `json:"salt"`              // of the hashes of devices
	Shared   []byte       `json:"shared,omitempty"`  // the shared key, where it was not agreed on
	Exchange []byte       `json:"agreed,omitempty"`  // the server's public key of X25519
	With     []TokenPeer  `json:"with"`              // devices that take part
	Parts    []SealedPart `json:"parts,omitempty"`   // of the token's number; a part without octets lies elsewhere
	PIN      bool         `json:"pin,omitzero"`      // the server stands in
	Approval bool         `json:"approval,omitzero"` // it pays when its owner has approved it
	Key      TokenKey     `json:"key"`               // the first
	Carry    []Carried    `json:"carry,omitempty"`   // for devices that do not speak to the server: pass it on, and forget it
}

// TokenPeer is a device that takes part. Who it is does not show: the primary finds it by the hash of what it gives.
type TokenPeer struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"` // of the identifier that it gives
	Hash   []byte `json:"hash"` // cryptogram.DeviceHash

	Sign *LinkKey `json:"sign,omitempty"` // both sign what they say to each other (envelope.Link); nil: one of them has no public key
}

// LinkKey is the public key by which a device's messages to another one are verified.
type LinkKey struct {
	Scheme   string `json:"scheme"`   // ed25519 or ecdsa-p256
	Verifier []byte `json:"verifier"` // 32 octets, or an uncompressed point of 65
}

// TokenKey is a limited-use key of a token.
type TokenKey struct {
	Renewal  int          `json:"renewal"`
	Index    string       `json:"index"`
	KeySet   int          `json:"key_set"`
	Uses     int          `json:"uses,omitzero"` // 0: no limit
	Amount   int64        `json:"amount,omitzero"`
	Currency string       `json:"currency,omitzero"`
	Foreign  string       `json:"foreign,omitzero"` // of other currencies: refuse or count
	From     int64        `json:"from"`
	Until    int64        `json:"until"`
	Share    []byte       `json:"share,omitempty"` // of the primary, where the key is split
	Parts    []SealedPart `json:"parts,omitempty"` // of the key or the data, or of the share of the primary
	Carry    []Carried    `json:"carry,omitempty"`
}

// SealedPart is a credential, or a part of it, under the key of one or several devices.
type SealedPart struct {
	What   string `json:"what"` // token, key, data, or share: the primary's half of a key
	Part   int    `json:"part"` // from 0
	Parts  int    `json:"parts"`
	Under  []int  `json:"under"`            // short numbers of the devices that open it
	On     int    `json:"on,omitzero"`      // short number of the device that keeps it; 0: the primary
	Sealed []byte `json:"sealed,omitempty"` // none: it lies there
}

// Carried is a letter for a device that the primary meets.
type Carried struct {
	Device int    `json:"device"`
	Letter Letter `json:"letter"`
}

// Kinds of letters.
const (
	LetterPart  = "part"  // a secondary's part of a token
	LetterEnd   = "end"   // forget the token
	LetterRenew = "renew" // ask for the next key of the token
)

// Letter is something that a device gets when it has a connection.
type Letter struct {
	ID     []byte       `json:"id,omitempty"` // none of a letter that is carried
	Kind   string       `json:"kind"`
	Token  []byte       `json:"token"`
	Index  string       `json:"index,omitzero"`   // of the key that it is about
	Name   string       `json:"name,omitzero"`    // kind of the identifier that the device gives
	Secret []byte       `json:"secret,omitempty"` // of the device, for this token
	Share  []byte       `json:"share,omitempty"`  // of the secondary
	Parts  []SealedPart `json:"parts,omitempty"`  // to keep for the primary

	Primary *LinkKey `json:"primary,omitempty"` // by which the primary's messages about the token are verified; nil: it signs none
}

// DeviceData is what a secondary gives to open credentials: its identifier, the secret that it has for the token, and what it keeps.
type DeviceData struct {
	Number int          `json:"number"`
	Kind   string       `json:"kind"`
	Value  []byte       `json:"value"`
	Secret []byte       `json:"secret,omitempty"`
	Parts  []SealedPart `json:"parts,omitempty"`
}
