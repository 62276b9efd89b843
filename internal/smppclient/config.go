package smppclient

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"regexp"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// Config says how to reach a message center. Name, Address, SystemID, Source,
// Receiver, Now and Rand are required.
type Config struct {
	Name       string      // of the gateway, for ever the same
	Address    string      // host:port
	TLS        *tls.Config // nil for none
	SystemID   string      // at most 15 characters
	Password   keyring.Secret
	SystemType string // at most 12 characters; most centers want none
	Source     string // the sender: a name of up to 11 characters, a short code, or +number

	Separate bool          // receipts come over one session of their own (bind_receiver), for centers that know no bind_transceiver
	Sessions int           // that send, at once; 1 when 0
	Window   int           // unanswered requests in each; 10 when 0
	Timeout  time.Duration // for connecting and for each response; 10 s when 0
	Enquire  time.Duration // silence after which the link is asked after; 30 s when 0
	First    time.Duration // wait before the second attempt to bind; 1 s when 0
	IDs      smpp.IDForm   // how the center writes ids
	Long     smpp.Long     // how the center takes long texts

	// Cards is the +number or short code from which packets go to SIM cards, and to which they
	// answer; "" for a center that carries none. It is not the Source: that tells what is whose.
	Cards   string
	Packets sim.Receiver // needed with Cards

	// CountryCode is that of phones whose numbers the center writes in their national form, such as
	// "47"; "" for a center that does not. TextReceipts takes receipts of packets that only their text shows to be
	// receipts: any phone can write such a text, so it is for centers that mark receipts in no way.
	CountryCode  string
	TextReceipts bool

	Receiver sms.Receiver
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger // nowhere when nil
}

const (
	longestWait  = time.Minute // between attempts to bind
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	receiptsOnce = 32 // receipts that are stored at once in a session
)

var (
	international = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	shortCode     = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// source reads the sender.
func source(s string) (smpp.Address, bool) {
	switch septets, gsm := smpp.EncodeGSM(s); {
	case international.MatchString(s):
		return smpp.Address{TON: smpp.International, NPI: 1, Addr: s[1:]}, true
	case shortCode.MatchString(s):
		return smpp.Address{TON: smpp.ShortCode, Addr: s}, true
	default:
		return smpp.Address{TON: smpp.Alphanumeric, Addr: s}, gsm && len(septets) >= 1 && len(septets) <= 11
	}
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *time.Duration
		none  time.Duration
	}{{&c.Timeout, 10 * time.Second}, {&c.Enquire, 30 * time.Second}, {&c.First, time.Second}} {
		if *d.field == 0 {
			*d.field = d.none
		}
	}
	c.Sessions = max(c.Sessions, 1)
	if c.Window == 0 {
		c.Window = 10
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// check refuses what no center could be reached with.
func (c Config) check() error {
	_, _, err := net.SplitHostPort(c.Address)
	_, fits := smpp.PDU{Command: smpp.BindTransceiver, Body: &smpp.Bind{SystemID: c.SystemID, Password: string(c.Password), SystemType: c.SystemType}}.Append(nil)
	_, sender := source(c.Source)
	switch {
	case err != nil:
		return fault.Invalidf("smpp.address", "The address of gateway %s must be HOST:PORT.", c.Name)
	case c.SystemID == "" || fits != nil:
		return fault.Invalidf("smpp.login", "Gateway %s needs a system id of 1 to 15 characters; its password has at most 8, its system type at most 12.", c.Name)
	case c.Cards != "" && (!c.callable() || c.Packets == nil || same(c.Cards, c.Source)):
		return fault.Invalidf("smpp.cards", "What cards answer to at gateway %s must be +number or a short code, and not the sender of texts.", c.Name)
	case !sender:
		return fault.Invalidf("smpp.source", "The sender of gateway %s must be +number, a short code, or a name of 1 to 11 characters of the GSM alphabet.", c.Name)
	}
	return nil
}

// callable reports whether phones can send something to Cards.
func (c Config) callable() bool {
	return international.MatchString(c.Cards) || shortCode.MatchString(c.Cards)
}
